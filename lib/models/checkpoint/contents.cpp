#include "models/checkpoint/contents.h"

#include <cstdint>

namespace closet {
namespace {

constexpr std::size_t kLongestName = 1024;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the character at the start of a text that is not empty; 0 where it is not UTF-8 as of
// RFC 3629 (no overlong forms, no surrogates, nothing above U+10FFFF) or a control character.
std::size_t plain_character(std::string_view text) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0;
    };
    const std::uint32_t first = byte(0);
    if (first < 0x80) {
        const bool breaks = first == '\t' || first == '\n' || first == '\r';
        return (first >= 0x20 && first != 0x7F) || breaks ? 1 : 0;
    }
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    static constexpr std::uint32_t kSmallest[] = {0, 0, 0xA0, 0x800, 0x10000};  // U+0080..9F: C1
    std::uint32_t point = first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return 0;
        }
        point = (point << 6U) | (byte(i) & 0x3FU);
    }
    const bool surrogate = point >= 0xD800 && point < 0xE000;
    const bool valid = first >= 0xC2 && first < 0xF5 && point >= kSmallest[size] && !surrogate;
    return valid && point < 0x110000 ? size : 0;
}

}  // namespace

std::string plain_text(std::string_view text, std::size_t limit) {
    std::string plain;
    while (!text.empty()) {
        const std::size_t size = plain_character(text);
        const auto character = size == 0 ? kReplacement : text.substr(0, size);
        if (plain.size() + character.size() > limit) {
            break;
        }
        plain += character;
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return plain;
}

bool is_plain_name(std::string_view text) {
    if (text.empty() || text.size() > kLongestName ||
        text.find_first_of("\t\n\r") != std::string_view::npos) {
        return false;
    }
    while (!text.empty()) {
        const std::size_t size = plain_character(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace closet
