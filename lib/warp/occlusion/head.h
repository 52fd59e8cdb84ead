#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "warp/paint/patch.h"

namespace closet::occlusion {

/// Where face and neck are.
struct Head {
    cv::Point2d nose, up;   ///< frame pixels; `up` is a unit vector from the shoulders to the head
    cv::Point2d eyes;       ///< between the eyes, or where they should be
    cv::Point2d pit;        ///< of the neck
    cv::Point2d middle;     ///< between the shoulders
    double half_width = 0;  ///< of the face, pixels
};

/// Nothing where nose, eyes and ears are all unknown, or a shoulder is.
std::optional<Head> find_head(const Pose& pose, float min_score);

}  // namespace closet::occlusion

namespace closet {

/// Takes the person's face and throat out of a garment's patch: multiplies its alpha down to 0
/// inside a face ellipse and a throat that tapers from the chin to the pit of the neck, with soft
/// edges. Changes nothing where the nose, eyes and ears or the shoulders are unknown.
/// Without `throat` the face only, and only one that is well above the shoulders: a garment that is
/// worn has a neckline or a collar of its own.
void protect_face(Patch& patch, const Pose& pose, float min_score, bool throat = true);

}  // namespace closet
