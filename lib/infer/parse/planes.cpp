#include "infer/parse/planes.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/error.h"
#include "core/picture_geometry.h"

namespace closet {

cv::Matx23d labels_from_picture(const cv::Rect& region) {
    const double x = static_cast<double>(kLabelPoints) / region.width;
    const double y = static_cast<double>(kLabelPoints) / region.height;
    return {x, 0, (0.5 - region.x) * x - 0.5, 0, y, (0.5 - region.y) * y - 0.5};
}

void show_region(const cv::Mat& picture, const cv::Rect& region, cv::Mat& target) {
    const bool shrinks = region.width > target.cols || region.height > target.rows;
    cv::resize(picture(region), target, target.size(), 0, 0,
               shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
}

cv::Mat channel_of(std::span<const float> values, cv::Size map, std::size_t channels,
                   std::size_t channel) {
    const auto pixels = static_cast<std::size_t>(map.area());
    if (values.size() != pixels * channels) {
        throw ModelError(fmt::format("a parsing network gives {} values instead of {}x{}x{}",
                                     values.size(), map.height, map.width, channels));
    }
    cv::Mat result(map, CV_32FC1);
    float* const to = result.ptr<float>();
    for (std::size_t i = 0; i < pixels; ++i) {
        to[i] = values[i * channels + channel];
    }
    return result;
}

cv::Mat plane_of(const cv::Mat& map, const MapPlace& place, const cv::Rect& region) {
    const double x = static_cast<double>(place.input.width) / place.region.width;
    const double y = static_cast<double>(place.input.height) / place.region.height;
    const cv::Matx23d input_from_picture(x, 0, (0.5 - place.region.x) * x - 0.5, 0, y,
                                         (0.5 - place.region.y) * y - 0.5);
    const double step = 1.0 / place.stride;
    const cv::Matx23d map_from_input(step, 0, -place.first * step, 0, step, -place.first * step);
    const cv::Matx23d map_from_labels =
        compose(map_from_input, compose(input_from_picture, inverse(labels_from_picture(region))));
    cv::Mat numbers = map.clone();
    cv::patchNaNs(numbers, 0);
    cv::Mat plane;
    cv::warpAffine(numbers, plane, map_from_labels, {kLabelPoints, kLabelPoints},
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
    plane.convertTo(plane, CV_8U, 255.0);
    return plane;
}

}  // namespace closet
