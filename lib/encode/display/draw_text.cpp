#include "encode/display/draw_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr int kOversampling = 4;
constexpr double kCapitalUnits = 21.0;  // capitals of the font at scale 1, in pixels
constexpr double kCapital = 0.70;       // of an em, as usual in typefaces for screens
constexpr double kStroke = 0.085;       // of an em
constexpr double kBoldStroke = 0.115;
constexpr double kBaseline = 0.80;  // from the top of the line's box
constexpr int kSpace = 2;           // around a line for strokes that reach over its box, in pixels

double scale_of(TextStyle style) {
    return kCapital * style.em_px * kOversampling / kCapitalUnits;
}

int thickness_of(TextStyle style) {
    const double stroke = (style.bold ? kBoldStroke : kStroke) * style.em_px;
    return static_cast<int>(std::lround(std::max(1.0, stroke) * kOversampling));
}

constexpr std::string_view kUnknown = ".";

/// The letters from U+00C0 to U+00FF, then those from U+0100 to U+017F, without their accents.
constexpr std::array<std::string_view, 64> kLatin1{
    "A", "A", "A", "A", "Ae", "A", "AE", "C", "E", "E", "E", "E", "I",  "I", "I",  "I",
    "D", "N", "O", "O", "O",  "O", "Oe", "x", "O", "U", "U", "U", "Ue", "Y", "Th", "ss",
    "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i",  "i",
    "d", "n", "o", "o", "o",  "o", "oe", "/", "o", "u", "u", "u", "ue", "y", "th", "y"};
constexpr std::string_view kLatinExtendedA =
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSs"
    "SsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 41> kSigns{{
    {0x00a0, " "},    {0x00a9, "(c)"}, {0x00ab, "\""},  {0x00ad, "-"},   {0x00ae, "(R)"},
    {0x00b0, " deg"}, {0x00b1, "+-"},  {0x00b2, "2"},   {0x00b3, "3"},   {0x00b4, "'"},
    {0x00b5, "u"},    {0x00b7, "-"},   {0x00b9, "1"},   {0x00bb, "\""},  {0x00bd, "1/2"},
    {0x00a7, "par."}, {0x03a3, "sum"}, {0x03bc, "u"},   {0x2009, " "},   {0x202f, " "},
    {0x2010, "-"},    {0x2011, "-"},   {0x2012, "-"},   {0x2013, "-"},   {0x2014, "-"},
    {0x2018, "'"},    {0x2019, "'"},   {0x201a, "'"},   {0x201c, "\""},  {0x201d, "\""},
    {0x201e, "\""},   {0x2022, "-"},   {0x2026, "..."}, {0x20ac, "EUR"}, {0x2190, "<-"},
    {0x2192, "->"},   {0x2212, "-"},   {0x2248, "~"},   {0x2260, "!="},  {0x2264, "<="},
    {0x2265, ">="},
}};

/// The next character of `text` from `at` on, which moves behind it; 0xfffd for broken UTF-8.
std::uint32_t next_character(std::string_view text, std::size_t& at) {
    constexpr std::uint32_t kBroken = 0xfffd;
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) {
        return first;
    }
    const int more = first >= 0xf0 && first < 0xf8   ? 3
                     : first >= 0xe0 && first < 0xf0 ? 2
                     : first >= 0xc0 && first < 0xe0 ? 1
                                                     : 0;
    if (more == 0) {
        return kBroken;
    }
    std::uint32_t character = first & (0x3fU >> more);
    for (int i = 0; i < more; ++i) {
        if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U) {
            return kBroken;
        }
        character = character << 6U | (static_cast<unsigned char>(text[at++]) & 0x3fU);
    }
    return character;
}

bool is_combining_accent(std::uint32_t character) {
    return character >= 0x0300 && character <= 0x036f;
}

std::string_view equivalent(std::uint32_t character) {
    if (character >= 0xc0 && character <= 0xff) {
        return kLatin1.at(character - 0xc0);
    }
    if (character >= 0x100 && character - 0x100 < kLatinExtendedA.size()) {
        return kLatinExtendedA.substr(character - 0x100, 1);
    }
    if (is_combining_accent(character) || character == 0x200b || character == 0xfeff) {
        return "";
    }
    for (const auto& [sign, spelling] : kSigns) {
        if (sign == character) {
            return spelling;
        }
    }
    return kUnknown;
}

}  // namespace

int text_width(const std::string& text, TextStyle style) {
    const cv::Size size =
        cv::getTextSize(text, kFont, scale_of(style), thickness_of(style), nullptr);
    return text.empty() ? 0 : (size.width + kOversampling - 1) / kOversampling;
}

std::string clipped_text(const std::string& text, TextStyle style, int width_px) {
    if (text_width(text, style) <= width_px) {
        return text;
    }
    static const std::string kMore = "...";
    if (text_width(kMore, style) > width_px) {
        return {};
    }
    // Widths grow with the length: the longest beginning that fits is found by halving.
    std::size_t fits = 0, too_long = text.size();
    while (too_long - fits > 1) {
        const std::size_t middle = fits + (too_long - fits) / 2;
        (text_width(text.substr(0, middle) + kMore, style) <= width_px ? fits : too_long) = middle;
    }
    std::string head = text.substr(0, fits);
    head.erase(head.find_last_not_of(' ') + 1);
    return head + kMore;
}

void draw_text(Layer& layer, const std::string& text, TextStyle style, cv::Point at, Color color) {
    if (text.empty()) {
        return;
    }
    const cv::Size size(text_width(text, style) + 2 * kSpace, style.em_px + 2 * kSpace);
    cv::Mat large(size * kOversampling, CV_8UC1, cv::Scalar(0));
    const cv::Point origin(
        kSpace * kOversampling,
        static_cast<int>(std::lround(kOversampling * (kSpace + kBaseline * style.em_px))));
    // Without smooth edges, which come by shrinking: OpenCV takes several times as long for them.
    cv::putText(large, text, origin, kFont, scale_of(style), cv::Scalar(255), thickness_of(style),
                cv::LINE_8);
    cv::Mat coverage;
    cv::resize(large, coverage, size, 0, 0, cv::INTER_AREA);
    paint(layer, coverage, at - cv::Point(kSpace, kSpace), color);
}

std::string plain_text(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t character = next_character(text, at);
        if (character == '\t') {
            plain += '\t';
        } else if (character < ' ' || character == 0x7f) {
            plain += ' ';
        } else if (character < 0x7f) {
            plain += static_cast<char>(character);
        } else {
            plain += equivalent(character);
        }
    }
    return plain;
}

}  // namespace closet
