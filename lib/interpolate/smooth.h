#pragma once

#include <cstddef>
#include <span>

#include "core/pose.h"

namespace closet {

/// Where one keypoint was measured, and when.
struct Observation {
    double seconds = 0;  ///< ascending along a track; equal times are allowed
    Keypoint point;
};

/// Observations further away than this many sigmas do not count: they would weigh 1 % at most.
inline constexpr double kSmoothingReach = 3.0;

/// How far from a keypoint, in sigmas, its smoothed place depends on others: that of the parabola.
inline constexpr double kKeypointReach = 7.0;

/// Note [Zero-phase smoothing]
/// A keypoint is replaced by the value, at its own time, of a straight line fitted to the
/// observations around it, weighted by a Gaussian of the distance in time and by their scores
/// (local linear regression; Cleveland, "Robust Locally Weighted Regression", JASA 74, 1979).
/// In the middle of evenly spaced observations that is the plain Gaussian mean; unlike that mean it
/// keeps uniform motion exactly also at the ends of a track and where time steps vary, so nothing
/// lags.
///
/// Motion that bends is pulled inwards by a sigma^2 / 2 (a: acceleration; second term of the Taylor
/// series under a Gaussian). The acceleration is estimated from the same observations, and sigma
/// shrinks so far that this error stays below `bias`: a waving wrist keeps its path, a shoulder is
/// smoothed in full. One speed-dependent cut-off for all (Casiez et al., "1 Euro Filter", CHI 2012)
/// would leave the jitter in people who walk or whom the camera follows.
///
/// A line must be short where the motion bends, and a short one keeps most of the trembling. So
/// parabolas, two and three times as wide, take its place as far as they agree: up to `steady` from
/// the narrower fit, fading to nothing at twice that. A parabola keeps acceleration; what is lost
/// of quicker motion stays below `steady`.
///
/// Depth is far noisier and is smoothed in full, four times as wide.

/// The smoothed value of `observations[center]`. The score is the weighted mean of the scores.
/// sigma: seconds; bias, steady: shown pixels, > 0, which depth is not held to. Observations beyond
/// the reach are ignored. Observations that are all equal give exactly their value.
Keypoint smooth(std::span<const Observation> observations, std::size_t center, double sigma,
                double bias, double steady);

/// Neighbors further apart than this (in seconds) say nothing about spikes between them: two steps
/// of the default 0.1 s between key frames and some more, as time stamps are rounded.
inline constexpr double kSpikeWindow = 0.25;

/// `middle`, or what lies between its neighbors when `middle` is a spike: a jump that comes back
/// in the next key frame and that no limb could have made. Depth that comes back is a spike
/// whatever its size. scale: body_scale() of the pose.
Keypoint without_spike(const Observation& before, const Observation& middle,
                       const Observation& after, double scale);

}  // namespace closet
