#include "interpolate/causal_shape.h"

#include <array>
#include <cmath>

namespace closet {

void CausalShape::observe(double step_s, const BodyShape* measured) {
    if (shape_ == nullptr || tau_s_ <= 0) {
        if (measured != nullptr) {
            shape_ = std::make_shared<BodyShape>(*measured);
        }
        return;
    }
    const auto kept = static_cast<float>(std::exp(-step_s / tau_s_));
    const std::array<WeightedShape, 2> both{{{shape_.get(), kept}, {measured, 1.0F - kept}}};
    shape_ = std::make_shared<BodyShape>(mix(both));
}

}  // namespace closet
