#pragma once

#include <optional>

#include <opencv2/core/types.hpp>

#include "core/body_frame.h"
#include "core/pose.h"

namespace closet {

/// Where a keypoint is, shown pixels.
inline cv::Point2d place_of(const Keypoint& point) {
    return {point.x, point.y};
}

/// Where face and neck are.
struct Head {
    cv::Point2d nose, up;   ///< shown pixels; `up` is a unit vector from the shoulders to the head
    cv::Point2d eyes;       ///< between the eyes, or where they should be
    cv::Point2d pit;        ///< of the neck
    cv::Point2d middle;     ///< between the shoulders
    double half_width = 0;  ///< of the face, shown pixels
};

/// A person to be dressed: a pose and what follows from it, worked out once for all who ask.
struct Wearer {
    /// The least score of keypoints where nothing else is asked for.
    static constexpr float kMinScore = 0.3F;

    /// `posed` must outlive it. Not explicit, so that a pose alone can be dressed.
    Wearer(const Pose& posed, float least_score = kMinScore);

    const Pose& pose;
    float min_score;  ///< 0..1, keypoints with a lower score are not relied on

    std::optional<BodyFrame> body;  ///< nothing: see body_frame
    std::optional<Head> head;  ///< nothing where nose, eyes and ears are all unknown, or a shoulder
};

}  // namespace closet
