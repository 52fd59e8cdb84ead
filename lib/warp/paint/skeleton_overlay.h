#pragma once

#include <optional>

#include "core/pose.h"
#include "warp/paint/patch.h"

namespace closet {

/// How a skeleton is drawn.
struct SkeletonOverlayOptions {
    float min_score = 0.1F;     ///< 0..1, points below it, and limbs that end in one, are not drawn
    float thickness_px = 0.0F;  ///< of limbs, shown pixels; 0 for 1/300 of the frame's longer side
};

/// Draws limbs and keypoints, anti-aliased: the person's left side orange, the right side blue, the
/// rest white, each as opaque as its points are sure. Works for both skeletons. Nothing where no
/// point is sure enough or all lie outside the frame.
std::optional<Patch> skeleton_overlay(const Pose& pose, cv::Size frame,
                                      const SkeletonOverlayOptions& options = {});

}  // namespace closet
