#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/occlusion/half_view.h"
#include "warp/paint/patch.h"
#include "warp/removal/grid_view.h"

namespace closet::removal {

/// A garment's alpha before anything came in front of it.
struct UncutAlpha {
    cv::Rect where;  ///< shown pixels
    cv::Mat alpha;   ///< CV_8UC1 of that size
};

/// What was painted on `part` of the grid (CV_8UC4: Y Cb Cr alpha) as a patch of the frame, with
/// texture from `sources` as fine as the frame's where its luma can be read (SDR, as it lies).
Patch patch_of(const occlusion::ShownPicture& frame, const GridView& view, cv::Rect part,
               const cv::Mat& painted, const Sources& sources);

/// Brings the garment back in `part` where it was cut for what is gone now: `restored` is CV_8UC1
/// on the grid.
void restore(const GridView& view, cv::Rect part, const cv::Mat& restored, const UncutAlpha& uncut,
             Patch& garment);

/// A garment throws no shadow on the ground behind the person: `ground` is CV_8UC1 on the grid.
void lift_shadow(const GridView& view, cv::Rect part, const cv::Mat& ground, Patch& garment);

/// 0 .. 255, rounded.
inline std::uint8_t to_level(float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

}  // namespace closet::removal
