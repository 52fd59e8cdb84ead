#include "bench/text/shown_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <utf8proc.h>

namespace closet::bench {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

/// C0 and C1, the marks that reorder text ("Trojan Source", CVE-2021-42574), line separators, and
/// what XML 1.0 forbids.
bool is_control(char32_t c) {
    using Range = std::pair<char32_t, char32_t>;
    constexpr std::array<Range, 8> kControls{{{0x00, 0x1F},
                                              {0x7F, 0x9F},
                                              {0x200E, 0x200F},
                                              {0x2028, 0x202E},
                                              {0x2066, 0x2069},
                                              {0xFEFF, 0xFEFF},
                                              {0xFFF9, 0xFFFB},
                                              {0xFFFE, 0xFFFF}}};
    return std::any_of(kControls.begin(), kControls.end(),
                       [&](const Range& range) { return c >= range.first && c <= range.second; });
}

/// A character and how many bytes it took; `valid` is false for one byte that begins none.
struct Character {
    char32_t code = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

Character first_character(std::string_view text) {
    utf8proc_int32_t code = 0;
    const utf8proc_ssize_t bytes =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                         static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (bytes <= 0) {
        return {};
    }
    return {static_cast<char32_t>(code), static_cast<std::size_t>(bytes), true};
}

/// Columns of a terminal; one for what clean_text replaces.
std::size_t width_of(const Character& c) {
    return c.valid && !is_control(c.code)
               ? static_cast<std::size_t>(utf8proc_charwidth(static_cast<utf8proc_int32_t>(c.code)))
               : 1;
}

}  // namespace

std::string clean_text(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const Character c = first_character(text);
        if (c.valid && (c.code == '\n' || c.code == '\r' || c.code == '\t')) {
            clean += ' ';
        } else if (!c.valid || is_control(c.code)) {
            clean += kReplacement;
        } else {
            clean += text.substr(0, c.bytes);
        }
        text.remove_prefix(c.bytes);
    }
    return clean;
}

std::string escape_xml(std::string_view text) {
    std::string escaped;
    for (const char c : clean_text(text)) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

std::string escape_lines(std::string_view text) {
    std::string escaped;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        escaped += escape_xml(text.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        escaped += '\n';
        text.remove_prefix(end + 1);
    }
    return escaped;
}

std::string escape_markdown(std::string_view text) {
    // < and & as entities, as some renderers let tags through a backslash; the rest of what GFM
    // gives a meaning within a line: mentions, and addresses, which become links by themselves.
    constexpr std::string_view kSpecial = "\\`*_{}[]()#!|~$";
    const std::string clean = clean_text(text);
    std::string escaped;
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const char c = clean[i];
        if (c == '<') {
            escaped += "&lt;";
        } else if (c == '>') {
            escaped += "&gt;";
        } else if (c == '&') {
            escaped += "&amp;";
        } else if (c == '@') {
            escaped += "&#64;";
        } else if (c == ':' && i + 1 < clean.size() && clean[i + 1] == '/') {
            escaped += "&#58;";
        } else if (c == '.' && (escaped.ends_with("www") || escaped.ends_with("WWW"))) {
            escaped += "&#46;";
        } else {
            if (kSpecial.find(c) != std::string_view::npos) {
                escaped += '\\';
            }
            escaped += c;
        }
    }
    return escaped;
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const Character c = first_character(text);
        width += width_of(c);
        text.remove_prefix(c.bytes);
    }
    return width;
}

std::string shorten(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) {
        return std::string(text);
    }
    if (width == 0) {
        return {};
    }
    std::string start;
    std::size_t used = 0;
    while (!text.empty()) {
        const Character c = first_character(text);
        if (used + width_of(c) > width - 1) {
            break;
        }
        used += width_of(c);
        start += text.substr(0, c.bytes);
        text.remove_prefix(c.bytes);
    }
    return start.append(kEllipsis);
}

}  // namespace closet::bench
