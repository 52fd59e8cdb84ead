#pragma once

#include <cmath>

#include "core/body_shape.h"

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

/// The same shape in steps of 1/1000, as pose files hold it: a garment that is dressed from such a
/// file gets the very same shape. That is a tenth of a pixel where shoulders are 100 pixels wide.
inline BodyShape rounded(BodyShape shape) {
    const auto round = [](float number) {
        return std::round(number * 1000.0F) / 1000.0F + 0.0F;  // + 0: no negative zero
    };
    for_each_measure(shape, [&](Measure& measure) {
        measure = {round(measure.value), round(measure.certainty)};
    });
    return shape;
}

}  // namespace closet
