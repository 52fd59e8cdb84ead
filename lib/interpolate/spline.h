#pragma once

#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"

namespace closet {

/// One key frame of a path: where the keypoints are and how fast they go through it.
struct PoseKnot {
    double seconds = 0;
    std::span<const Keypoint> points;
    std::span<const cv::Point3f> velocities;  ///< shown pixels a second, as many as points
};

/// The velocities at `at`, from the key frames before and after it in the same track. An empty
/// neighbor (no such key frame) gives the velocity towards the other one; two empty ones give 0.
///
/// The two slopes are blended as a parabola through the three points has it (the uneven-time form
/// of Catmull-Rom), and limited to three times the slower of them (the bound of Fritsch and
/// Carlson, SIAM J. Numer. Anal. 17, 1980, taken on the length of the vector), so that a limb that
/// stops does not swing past its rest.
std::vector<cv::Point3f> velocities_at(const PoseKnot& before, const PoseKnot& at,
                                       const PoseKnot& after);

/// The keypoints at `seconds` between two knots: cubic Hermite for positions, linear for scores.
/// Times outside are clamped; knots at the same time give the first one.
std::vector<Keypoint> between(const PoseKnot& from, const PoseKnot& to, double seconds);

}  // namespace closet
