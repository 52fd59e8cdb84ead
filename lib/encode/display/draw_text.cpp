#include "encode/display/draw_text.h"

#include <algorithm>
#include <cmath>

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

void draw_text(Layer& layer, const std::string& text, TextStyle style, cv::Point at,
               Colour colour) {
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
    paint(layer, coverage, at - cv::Point(kSpace, kSpace), colour);
}

}  // namespace closet
