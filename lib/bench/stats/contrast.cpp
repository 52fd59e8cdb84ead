#include "bench/stats/contrast.h"

#include <cmath>

#include "bench/stats/distributions.h"

namespace closet::bench {

namespace {

bool is_told(const Contrast& contrast) {
    return std::isfinite(contrast.value) && std::isfinite(contrast.standard_error);
}

}  // namespace

Estimate interval_of(const Contrast& contrast, double level) {
    if (!is_told(contrast)) {
        return unknown_interval(contrast.value, level);
    }
    const double reach =
        contrast.standard_error == 0
            ? 0
            : contrast.standard_error * student_quantile((1 + level) / 2, contrast.degrees);
    return {contrast.value, contrast.value - reach, contrast.value + reach, level};
}

double p_above(const Contrast& contrast, double null) {
    if (!is_told(contrast)) {
        return 1;
    }
    const double distance = contrast.value - null;
    if (contrast.standard_error == 0) {
        return distance > 0 ? 0 : 1;
    }
    return student_cdf(-distance / contrast.standard_error, contrast.degrees);
}

double p_different(const Contrast& contrast, double null) {
    if (!is_told(contrast)) {
        return 1;
    }
    const double distance = std::abs(contrast.value - null);
    if (contrast.standard_error == 0) {
        return distance > 0 ? 0 : 1;
    }
    return 2 * student_cdf(-distance / contrast.standard_error, contrast.degrees);
}

}  // namespace closet::bench
