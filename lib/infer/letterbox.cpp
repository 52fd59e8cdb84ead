#include "infer/letterbox.h"

#include <algorithm>

#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

constexpr double kPadding = 114.0;  // pad_val of RTMDet's configs

}  // namespace

Letterbox fit_letterbox(cv::Size picture, cv::Size input) {
    const double ratio = std::min(static_cast<double>(std::max(input.width, input.height)) /
                                      std::max(picture.width, picture.height),
                                  static_cast<double>(std::min(input.width, input.height)) /
                                      std::min(picture.width, picture.height));
    const auto rounded = [&](int side, int most) {
        return std::clamp(static_cast<int>(side * ratio + 0.5), 1, most);
    };
    const cv::Size content(rounded(picture.width, input.width),
                           rounded(picture.height, input.height));
    return {.content = content,
            .scale_x = static_cast<double>(content.width) / picture.width,
            .scale_y = static_cast<double>(content.height) / picture.height};
}

void fill_letterbox(const cv::Mat& rgb, const Letterbox& letterbox, cv::Mat& input) {
    cv::Mat resized;
    cv::resize(rgb, resized, letterbox.content, 0, 0, cv::INTER_LINEAR);
    cv::Mat content = input(cv::Rect({0, 0}, letterbox.content));
    cv::cvtColor(resized, content, cv::COLOR_RGB2BGR);
    const cv::Scalar grey = cv::Scalar::all(kPadding);
    input.colRange(letterbox.content.width, input.cols).setTo(grey);
    input.rowRange(letterbox.content.height, input.rows).setTo(grey);
}

}  // namespace closet
