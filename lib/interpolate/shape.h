#pragma once

#include <cmath>
#include <optional>
#include <span>

#include "core/pose.h"

namespace closet {

/// How many measures a BodyShape holds.
inline constexpr std::size_t kShapeMeasures =
    2 * BodyShape::kRows + BodyShape::kTops + 4 * BodyShape::kArmRows + 4 * BodyShape::kLegRows;

/// Calls visit(measure) for every measure of a shape, always in the same order.
template <class Shape, class Visit>
void for_each_measure(Shape& shape, Visit visit) {
    const auto all = [&](auto& measures) {
        for (auto& measure : measures) {
            visit(measure);
        }
    };
    for (std::size_t side = 0; side < 2; ++side) {
        all(shape.half_width[side]);
        all(shape.arm[side].outer);
        all(shape.arm[side].inner);
        all(shape.leg[side].outer);
        all(shape.leg[side].inner);
    }
    all(shape.top);
}

/// The same shape in the steps that pose files hold: a garment that is dressed from such a file
/// gets the very same shape. Lengths are in steps of 1/10000 (steps of 1/1000 make half and more of
/// the jitter that smoothing leaves on the demo clip), certainties in steps of 1/1000.
inline BodyShape rounded(BodyShape shape) {
    const auto round = [](float number, float steps) {
        return std::round(number * steps) / steps + 0.0F;  // + 0: no negative zero
    };
    for_each_measure(shape, [&](Measure& measure) {
        measure = {round(measure.value, 10000.0F), round(measure.certainty, 1000.0F)};
    });
    return shape;
}

/// The same shape where the shoulders have passed each other: arms and legs are whose they were.
BodyShape with_torso_mirrored(BodyShape shape);

/// The silhouette of one key frame, and when.
struct ObservedShape {
    double seconds = 0;                ///< ascending along a track; equal times are allowed
    const BodyShape* shape = nullptr;  ///< null: not measured
};

/// Note [Smoothing of shapes]
/// Each measure is replaced by the value at `seconds` of a straight line fitted to the observations
/// around it, weighted by the distance in time and by certainty: what Note [Zero-phase smoothing]
/// does with keypoints, so that a steady change (a body that turns) is kept and nothing lags. The
/// weights, (1 - (t / reach)^2)^3, end smoothly, so that a line can be fitted at the time of every
/// frame: what comes into reach changes nothing at once, and a garment does not twitch where key
/// frames are, as it does where their shapes are joined by straight lines. Where the measure is
/// certain on one side only (an arm covers it from then on) a line may lead anywhere, so the value
/// stays within those observed. The certainty is the weighted mean of certainties, 0 where a shape
/// is missing.
///
/// Sides are the wearer's, and in profile those of the torso change places: what was on the right
/// of the picture stays there under the other name, so shapes are mirrored before they are mixed.
///
/// Silhouettes are led by the torso, whose width does not change fast: no limit on the bias.

/// Shapes further away than this many sigmas do not count: of the weights above, sigma is the
/// standard deviation.
inline constexpr double kShapeReach = 3.0;

/// The smoothed shape at a time; nothing where no shape was measured within the reach
/// (kShapeReach). sigma: seconds, > 0. Observations that are all equal give exactly
/// their values.
std::optional<BodyShape> smooth_shape(std::span<const ObservedShape> observations, double seconds,
                                      double sigma);

}  // namespace closet
