#include "models/nhwc/activate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "core/half.h"
#include "models/nhwc/weights.h"

namespace closet {

namespace {

template <class Function>
void each(std::byte* numbers, Element element, std::size_t count, Function function) {
    if (element == Element::kFloat) {
        auto* const floats = reinterpret_cast<float*>(numbers);
        for (std::size_t i = 0; i < count; ++i) {
            floats[i] = function(floats[i]);
        }
        return;
    }
    auto* const halves = reinterpret_cast<std::uint16_t*>(numbers);
    for (std::size_t i = 0; i < count; ++i) {
        halves[i] = to_bfloat16(function(float_from_bfloat16(halves[i])));
    }
}

float sigmoid(float x) {
    return 1.0F / (1.0F + std::exp(-x));
}

}  // namespace

Range range_of(Activation activation) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    switch (activation) {
        case Activation::kRelu:
            return {0, kInfinity};
        case Activation::kRelu6:
            return {0, 6};
        case Activation::kNone:
        case Activation::kHardSwish:
        case Activation::kSigmoid:
        case Activation::kSilu:
        case Activation::kHardSigmoid:
            break;
    }
    return {-kInfinity, kInfinity};
}

bool needs_pass(Activation activation) {
    return activation == Activation::kHardSwish || activation == Activation::kSigmoid ||
           activation == Activation::kHardSigmoid;
}

void activate(Activation activation, std::byte* numbers, Element element, std::size_t count) {
    constexpr float kSixth = 1.0F / 6.0F;
    switch (activation) {
        case Activation::kNone:
            break;
        case Activation::kRelu:
        case Activation::kRelu6:
            each(numbers, element, count, [range = range_of(activation)](float x) {
                return std::clamp(x, range.low, range.high);
            });
            break;
        case Activation::kSigmoid:
            each(numbers, element, count, sigmoid);
            break;
        case Activation::kSilu:
            each(numbers, element, count, [](float x) { return x * sigmoid(x); });
            break;
        case Activation::kHardSwish:
            each(numbers, element, count,
                 [](float x) { return x * (std::clamp(x + 3.0F, 0.0F, 6.0F) * kSixth); });
            break;
        case Activation::kHardSigmoid:
            each(numbers, element, count,
                 [](float x) { return std::clamp(x + 3.0F, 0.0F, 6.0F) * kSixth; });
            break;
    }
}

}  // namespace closet
