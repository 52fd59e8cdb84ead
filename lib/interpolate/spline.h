#pragma once

#include <cstddef>
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

/// The velocities at `knots[at]`, whose neighbors in the track are the others, in the order of
/// time. Without one on either side it is the velocity towards the other one; alone it is 0.
///
/// That of the polynomial through the knots (Lagrange's form, for uneven times): with two to either
/// side its error is of the fourth order in the step, so that pieces of smooth motion join nearly
/// without a jump in acceleration, at which a garment would twitch ten times a second. (With one to
/// either side, Catmull-Rom, the jump is half of the acceleration of one swing a second.)
///
/// It is limited to three times the slower of the slopes to both sides (the bound of Fritsch and
/// Carlson, SIAM J. Numer. Anal. 17, 1980, taken on the length of the vector), so that a limb that
/// stops does not swing past its rest, except by `overshoot` (shown pixels, >= 0), so that one that
/// turns back is not held up at the knots beside its turning point.
std::vector<cv::Point3f> velocities_at(std::span<const PoseKnot> knots, std::size_t at,
                                       double overshoot);

/// The keypoints at `seconds` between two knots: cubic Hermite for positions, linear for scores.
/// Times outside are clamped; knots at the same time give the first one.
std::vector<Keypoint> between(const PoseKnot& from, const PoseKnot& to, double seconds);

}  // namespace closet
