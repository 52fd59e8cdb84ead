#include "bench/stats/interval.h"

#include <cmath>
#include <limits>

namespace closet::bench {

Estimate unknown_interval(double value, double level) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return {value, -kInfinity, kInfinity, level};
}

bool is_known(const Estimate& estimate) {
    return std::isfinite(estimate.low) && std::isfinite(estimate.high);
}

}  // namespace closet::bench
