#pragma once

#include <array>
#include <cstdint>

#include <opencv2/core/mat.hpp>

#include "core/try_on.h"

namespace closet {

// What VITON-HD's networks see of a person without the clothes (datasets.py, 02afa4b), at 768 x
// 1024: brushes have sizes in those pixels. The reference draws with Pillow, this with plain
// geometry: pixels differ along edges only.

/// The class (0..12) of each of 20 labels.
inline constexpr std::array<std::uint8_t, 20> kClassOfLabel{0, 1,  1, 12, 2, 3, 3, 3, 11, 4,
                                                            0, 12, 4, 2,  5, 6, 7, 8, 9,  10};
/// The segment (0..6) of each of 13 classes: ground, what is kept, garment, hair, left arm, right
/// arm, noise.
inline constexpr std::array<std::uint8_t, 13> kSegmentOfClass{0, 3, 1, 2, 1, 4, 5,
                                                              1, 1, 1, 1, 1, 6};
inline constexpr std::uint8_t kGroundSegment = 0, kGarmentSegment = 2;

/// `map` through a table, as `map` is: CV_8UC1. Values beyond the table become 0.
template <std::size_t kCount>
cv::Mat through(const std::array<std::uint8_t, kCount>& table, const cv::Mat& map) {
    cv::Mat result(map.size(), CV_8UC1);
    for (int y = 0; y < map.rows; ++y) {
        const auto* from = map.ptr(y);
        auto* to = result.ptr(y);
        for (int x = 0; x < map.cols; ++x) {
            to[x] = from[x] < kCount ? table.at(from[x]) : std::uint8_t{0};
        }
    }
    return result;
}

/// The labels without upper clothes and without what they may have covered of the arms.
cv::Mat agnostic_labels(const cv::Mat& labels, const Body25& points);

/// 255 where the picture is painted gray so that the clothes are not seen, else 0.
cv::Mat agnostic_area(const cv::Mat& labels, const Body25& points);

/// The skeleton as OpenPose draws it on black, CV_8UC3, R G B: sticks of 9 and discs of 12 pixels
/// at 768 x 1024, in the colors of POSE_BODY_25_COLORS_RENDER_GPU (poseParametersRender.hpp).
cv::Mat skeleton_picture(const Body25& points);

}  // namespace closet
