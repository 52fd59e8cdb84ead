#pragma once

#include <cstdint>

#include "models/nhwc/plan.h"

namespace closet {

/// Calls `action(y, x)` for every pixel of a value.
template <class Action>
void each_pixel(const Value& value, Action action) {
    for (std::int64_t y = 0; y < value.height; ++y) {
        for (std::int64_t x = 0; x < value.width; ++x) {
            action(y, x);
        }
    }
}

}  // namespace closet
