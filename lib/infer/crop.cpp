#include "infer/crop.h"

#include <algorithm>
#include <array>
#include <numbers>

#include <opencv2/imgproc.hpp>

namespace closet {

void crop_region(const cv::Mat& rgb, const Region& region, Border border, cv::Mat& crop) {
    // ImageToTensorConverterOpenCV of MediaPipe, in its order of the corners and its precisions.
    const auto side = static_cast<float>(region.side);
    const cv::RotatedRect rectangle(cv::Point2f(region.center), {side, side},
                                    static_cast<float>(region.rotation * 180.0 / std::numbers::pi));
    std::array<cv::Point2f, 4> from;
    rectangle.points(from.data());
    const auto size = static_cast<float>(crop.cols);
    const std::array<cv::Point2f, 4> to{cv::Point2f(0, size), {0, 0}, {size, 0}, {size, size}};
    cv::warpPerspective(rgb, crop, cv::getPerspectiveTransform(from.data(), to.data()), crop.size(),
                        cv::INTER_LINEAR,
                        border == Border::kBlack ? cv::BORDER_CONSTANT : cv::BORDER_REPLICATE);
}

Region letterbox(cv::Size picture) {
    return {.center = {picture.width / 2.0, picture.height / 2.0},
            .side = static_cast<double>(std::max(picture.width, picture.height)),
            .rotation = 0};
}

}  // namespace closet
