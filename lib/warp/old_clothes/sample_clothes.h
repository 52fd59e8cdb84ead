#pragma once

#include <optional>

#include "core/body_frame.h"
#include "core/pose.h"
#include "warp/occlusion/half_view.h"
#include "warp/old_clothes/cloth_colors.h"

namespace closet::old_clothes {

/// The view's pixel at a frame point; nothing beyond the view.
std::optional<cv::Point> pixel_at(const occlusion::HalfView& view, cv::Point2d p);

/// Adds samples of chest and old sleeves, of face and bare arms, and of the thighs to `colors`.
/// False, with none added, where the face is not known.
bool sample_clothes(const occlusion::HalfView& view, const Pose& pose, const BodyFrame& body,
                    float min_score, ClothColors& colors);

}  // namespace closet::old_clothes
