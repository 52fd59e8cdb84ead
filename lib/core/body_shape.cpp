#include "core/body_shape.h"

namespace closet {
namespace {

/// Calls visit(a, b) for each measure of two shapes in step.
template <class Visit>
void for_each(BodyShape& to, const BodyShape& from, Visit visit) {
    const auto all = [&](auto& a, const auto& b) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            visit(a[i], b[i]);
        }
    };
    all(to.top, from.top);
    for (std::size_t side = 0; side < 2; ++side) {
        all(to.half_width[side], from.half_width[side]);
        all(to.arm[side].outer, from.arm[side].outer);
        all(to.arm[side].inner, from.arm[side].inner);
    }
}

}  // namespace

BodyShape mix(std::span<const WeightedShape> shapes) {
    BodyShape sum;
    float total = 0;
    for (const auto& [shape, weight] : shapes) {
        if (!(weight > 0)) {
            continue;
        }
        total += weight;
        if (shape != nullptr) {
            for_each(sum, *shape, [w = weight](Measure& to, const Measure& from) {
                to.value += w * from.certainty * from.value;
                to.certainty += w * from.certainty;
            });
        }
    }
    for_each(sum, sum, [total](Measure& to, const Measure&) {
        to.value = to.certainty > 0 ? to.value / to.certainty : 0.0F;
        to.certainty = total > 0 ? to.certainty / total : 0.0F;
    });
    return sum;
}

}  // namespace closet
