#include "bench/text/shown_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace closet::bench {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

using Range = std::pair<char32_t, char32_t>;

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const Range& range) { return c >= range.first && c <= range.second; });
}

/// C0 and C1, the marks that reorder text ("Trojan Source", CVE-2021-42574), line separators, and
/// what XML 1.0 forbids.
bool is_control(char32_t c) {
    constexpr std::array<Range, 8> kControls{{{0x00, 0x1F},
                                              {0x7F, 0x9F},
                                              {0x200E, 0x200F},
                                              {0x2028, 0x202E},
                                              {0x2066, 0x2069},
                                              {0xFEFF, 0xFEFF},
                                              {0xFFF9, 0xFFFB},
                                              {0xFFFE, 0xFFFF}}};
    return is_in(kControls, c);
}

/// Blocks of Unicode's EastAsianWidth.txt that are wide as a whole, and emoji.
bool is_wide(char32_t c) {
    constexpr std::array<Range, 9> kWide{{{0x1100, 0x115F},
                                          {0x2E80, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
    return is_in(kWide, c);
}

bool is_combining(char32_t c) {
    constexpr std::array<Range, 5> kCombining{
        {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x20D0, 0x20FF}, {0x200B, 0x200D}, {0xFE00, 0xFE0F}}};
    return is_in(kCombining, c);
}

/// A character and how many bytes it took; `valid` is false for one byte that begins none.
struct Character {
    char32_t code = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

/// By table 3-7 of the Unicode Standard: no overlong forms, no surrogates.
Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) {
        return {lead, 1, true};
    }
    const std::size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
    if (size == 0 || text.size() < size) {
        return {};
    }
    char32_t code = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return {};
        }
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return {};
    }
    return {code, size, true};
}

std::size_t width_of(char32_t c) {
    return is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
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
        width += width_of(c.code);
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
        if (used + width_of(c.code) > width - 1) {
            break;
        }
        used += width_of(c.code);
        start += text.substr(0, c.bytes);
        text.remove_prefix(c.bytes);
    }
    return start.append(kEllipsis);
}

}  // namespace closet::bench
