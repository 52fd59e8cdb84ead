#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "core/pose.h"

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
