#include "infer/clip/clip_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include <utf8proc.h>

namespace closet {
namespace {

using Letters = std::u32string;

Letters letters_of(std::string_view text) {
    Letters letters;
    while (!text.empty()) {
        utf8proc_int32_t letter = 0;
        const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                           static_cast<utf8proc_ssize_t>(text.size()), &letter);
        letters += size > 0 ? static_cast<char32_t>(letter) : U'\uFFFD';
        text.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 1);
    }
    return letters;
}

std::string utf8_of(std::u32string_view letters) {
    std::string text;
    for (const char32_t letter : letters) {
        std::array<utf8proc_uint8_t, 4> bytes{};
        const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(letter), bytes.data());
        text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
    }
    return text;
}

utf8proc_category_t category(char32_t letter) {
    return utf8proc_category(static_cast<utf8proc_int32_t>(letter));
}

bool is_letter(char32_t c) {
    return category(c) >= UTF8PROC_CATEGORY_LU && category(c) <= UTF8PROC_CATEGORY_LO;
}
bool is_number(char32_t c) {
    return category(c) >= UTF8PROC_CATEGORY_ND && category(c) <= UTF8PROC_CATEGORY_NO;
}
/// What Python's regular expressions call \s.
bool is_space(char32_t c) {
    return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F) || c == 0x85 ||
           (category(c) >= UTF8PROC_CATEGORY_ZS && category(c) <= UTF8PROC_CATEGORY_ZP);
}

/// The byte that Windows-1252 has for a character; what it leaves open is as in Latin-1.
std::optional<char> windows_1252(char32_t letter) {
    static constexpr std::u32string_view kFrom80 =
        U"\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D"
        U"\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A"
        U"\u0153\u009D\u017E\u0178";
    if (const auto found = kFrom80.find(letter); found != std::u32string_view::npos) {
        return static_cast<char>(0x80 + found);
    }
    return letter < 0x100 ? std::optional(static_cast<char>(letter)) : std::nullopt;
}

/// A text whose UTF-8 was taken for Windows-1252, as it was before. Whole texts only: where any of
/// it is not like that, none is changed.
Letters without_mojibake(Letters letters) {
    std::string bytes;
    for (const char32_t letter : letters) {
        const auto byte = windows_1252(letter);
        if (!byte) {
            return letters;
        }
        bytes += *byte;
    }
    Letters read = letters_of(bytes);
    return read.find(U'\uFFFD') == Letters::npos ? read : letters;
}

/// Full and half width, and the ligatures of Latin letters.
bool is_compatibility_form(char32_t c) {
    return (c >= 0xFF01 && c <= 0xFFEF) || c == 0x3000 || (c >= 0xFB00 && c <= 0xFB06) ||
           c == 0x132 || c == 0x133 || c == 0x149 || (c >= 0x1C4 && c <= 0x1CC) ||
           (c >= 0x1F1 && c <= 0x1F3);
}

Letters with_plain_forms(const Letters& letters) {
    Letters plain;
    for (const char32_t c : letters) {
        if (is_compatibility_form(c)) {
            std::array<utf8proc_int32_t, 8> parts{};
            int boundary = 0;
            const auto count = utf8proc_decompose_char(
                static_cast<utf8proc_int32_t>(c), parts.data(), parts.size(),
                static_cast<utf8proc_option_t>(UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE), &boundary);
            for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, parts.size()); ++i) {
                plain += static_cast<char32_t>(parts[static_cast<std::size_t>(i)]);
            }
        } else if (c == 0x2BC || (c >= 0x2018 && c <= 0x201B)) {
            plain += U'\'';
        } else if (c >= 0x201C && c <= 0x201F) {
            plain += U'"';
        } else if (category(c) != UTF8PROC_CATEGORY_CC || is_space(c)) {
            plain += c;
        }
    }
    return plain;
}

Letters composed(const Letters& letters) {
    const std::string text = utf8_of(letters);
    utf8proc_uint8_t* result = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &result,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(result, std::free);
    return size < 0 ? letters
                    : letters_of(
                          {reinterpret_cast<const char*>(result), static_cast<std::size_t>(size)});
}

/// The character of an HTML reference, without & and ; around it.
std::optional<char32_t> html_character(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, char32_t>, 6> kNames{
        {{"lt", U'<'},
         {"gt", U'>'},
         {"amp", U'&'},
         {"quot", U'"'},
         {"apos", U'\''},
         {"nbsp", U'\u00A0'}}};
    for (const auto& [known, character] : kNames) {
        if (name == known) {
            return character;
        }
    }
    if (!name.starts_with('#')) {
        return std::nullopt;
    }
    name.remove_prefix(1);
    const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
    name.remove_prefix(hexadecimal ? 1 : 0);
    std::uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
    const bool whole = error == std::errc() && end == name.data() + name.size();
    return whole && utf8proc_codepoint_valid(static_cast<utf8proc_int32_t>(code))
               ? std::optional(static_cast<char32_t>(code))
               : std::nullopt;
}

std::string without_html(std::string_view text) {
    constexpr std::size_t kLongestName = 10;
    std::string plain;
    while (!text.empty()) {
        const std::size_t end = text.front() == '&' ? text.find(';') : std::string_view::npos;
        const auto character =
            end <= kLongestName ? html_character(text.substr(1, end - 1)) : std::nullopt;
        plain += character ? utf8_of({&*character, 1}) : std::string(1, text.front());
        text.remove_prefix(character ? end + 1 : 1);
    }
    return plain;
}

/// Runs of white space as one blank, none at the ends.
Letters with_single_blanks(const Letters& letters) {
    Letters result;
    for (const char32_t letter : letters) {
        if (!is_space(letter)) {
            result += letter;
        } else if (!result.empty() && result.back() != U' ') {
            result += U' ';
        }
    }
    if (result.ends_with(U' ')) {
        result.pop_back();
    }
    return result;
}

bool is_cased(char32_t c) {
    return category(c) >= UTF8PROC_CATEGORY_LU && category(c) <= UTF8PROC_CATEGORY_LT;
}
bool is_case_ignorable(char32_t c) {
    const auto kind = category(c);
    return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_ME ||
           kind == UTF8PROC_CATEGORY_CF || kind == UTF8PROC_CATEGORY_LM ||
           kind == UTF8PROC_CATEGORY_SK || c == U'\'' || c == U'.' || c == U':' || c == 0xB7;
}

/// Whether a capital sigma ends its word (Unicode Standard 3.13, Final_Sigma).
bool ends_word(const Letters& letters, std::size_t at) {
    std::size_t before = at, after = at + 1;
    while (before > 0 && is_case_ignorable(letters[before - 1])) {
        --before;
    }
    while (after < letters.size() && is_case_ignorable(letters[after])) {
        ++after;
    }
    return before > 0 && is_cased(letters[before - 1]) &&
           (after == letters.size() || !is_cased(letters[after]));
}

/// As Python's str.lower: with the two characters whose lower case is not one other character.
Letters lower_case(const Letters& letters) {
    Letters lower;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (letters[i] == U'\u0130') {
            lower += U"i\u0307";
        } else if (letters[i] == U'\u03A3') {
            lower += ends_word(letters, i) ? U'\u03C2' : U'\u03C3';
        } else {
            lower +=
                static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(letters[i])));
        }
    }
    return lower;
}

/// Letters of the piece that a text, which is not empty, begins with.
std::size_t piece_size(std::u32string_view text) {
    static const std::array<Letters, 9> kWhole{letters_of(kClipStart),
                                               letters_of(kClipEnd),
                                               U"'s",
                                               U"'t",
                                               U"'re",
                                               U"'ve",
                                               U"'m",
                                               U"'ll",
                                               U"'d"};
    for (const Letters& whole : kWhole) {
        if (text.starts_with(whole)) {
            return whole.size();
        }
    }
    const auto run = [&](auto belongs) {
        const auto end = std::find_if_not(text.begin(), text.end(), belongs);
        return static_cast<std::size_t>(end - text.begin());
    };
    if (is_letter(text.front())) {
        return run(is_letter);
    }
    if (is_number(text.front())) {
        return 1;
    }
    return run([](char32_t c) { return !is_letter(c) && !is_number(c) && !is_space(c); });
}

}  // namespace

std::string clean_clip_text(std::string_view text) {
    const Letters repaired = composed(with_plain_forms(without_mojibake(letters_of(text))));
    const std::string plain = without_html(without_html(utf8_of(repaired)));
    return utf8_of(lower_case(with_single_blanks(letters_of(plain))));
}

std::vector<std::string> clip_pieces(std::string_view cleaned) {
    const Letters letters = letters_of(cleaned);
    std::u32string_view rest = letters;
    std::vector<std::string> pieces;
    while (!rest.empty()) {
        if (is_space(rest.front())) {
            rest.remove_prefix(1);
            continue;
        }
        const std::size_t size = piece_size(rest);
        pieces.push_back(utf8_of(rest.substr(0, size)));
        rest.remove_prefix(size);
    }
    return pieces;
}

}  // namespace closet
