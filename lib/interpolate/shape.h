#pragma once

#include <cmath>

#include "core/pose.h"

namespace closet {

/// How many measures a BodyShape holds.
inline constexpr std::size_t kShapeMeasures =
    2 * BodyShape::kRows + BodyShape::kTops + 4 * BodyShape::kArmRows;

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

}  // namespace closet
