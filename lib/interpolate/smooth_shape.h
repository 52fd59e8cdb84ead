#pragma once

#include <optional>
#include <span>

#include "core/pose.h"

namespace closet {

/// The silhouette of one key frame, and when.
struct ObservedShape {
    double seconds = 0;                ///< ascending along a track; equal times are allowed
    const BodyShape* shape = nullptr;  ///< null: not measured
};

/// Note [Smoothing of shapes]
/// Each measure is replaced by the value at `seconds` of a straight line fitted to the observations
/// around it, weighted by a Gaussian of the distance in time and by certainty: what
/// Note [Zero-phase smoothing] does with keypoints, so that a steady change (a body that turns) is
/// kept and nothing lags. Where the measure is certain on one side only (an arm covers it from then
/// on) a line may lead anywhere, so the value stays within those observed. The certainty is the
/// weighted mean of certainties, 0 where a shape is missing.
///
/// Silhouettes are led by the torso, whose width does not change fast: no limit on the bias.

/// The smoothed shape at a time; nothing where no shape was measured within the reach
/// (kSmoothingReach sigmas). sigma: seconds, > 0. Observations that are all equal give exactly
/// their values.
std::optional<BodyShape> smooth_shape(std::span<const ObservedShape> observations, double seconds,
                                      double sigma);

}  // namespace closet
