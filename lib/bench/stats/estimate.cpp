#include "bench/stats/estimate.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "bench/stats/distributions.h"
#include "bench/stats/samples.h"

namespace closet::bench {
namespace {

bool is_told(const Contrast& contrast) {
    return std::isfinite(contrast.value) && std::isfinite(contrast.standard_error);
}

Contrast paired(std::span<const double> a, std::span<const double> b) {
    std::vector<double> differences;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        if (!std::isnan(a[i]) && !std::isnan(b[i])) {
            require_positive({&a[i], 1});
            require_positive({&b[i], 1});
            differences.push_back(std::log(a[i]) - std::log(b[i]));
        }
    }
    const TrimmedMean mean = trimmed_mean(differences);
    return {mean.value, mean.standard_error, mean.degrees};
}

/// Yuen 1974, see log_ratio.
Contrast independent(std::span<const double> a, std::span<const double> b) {
    const TrimmedMean of_a = trimmed_mean(logarithms(a)), of_b = trimmed_mean(logarithms(b));
    const double value = of_a.value - of_b.value;
    const double variance_a = of_a.standard_error * of_a.standard_error;
    const double variance_b = of_b.standard_error * of_b.standard_error;
    const double variance = variance_a + variance_b;
    if (variance == 0 || std::isinf(variance)) {
        return {value, variance, of_a.degrees + of_b.degrees};
    }
    const double degrees =
        variance * variance /
        (variance_a * variance_a / of_a.degrees + variance_b * variance_b / of_b.degrees);
    return {value, std::sqrt(variance), degrees};
}

}  // namespace

Estimate unknown_interval(double value, double level) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return {value, -kInfinity, kInfinity, level};
}

bool is_known(const Estimate& estimate) {
    return std::isfinite(estimate.low) && std::isfinite(estimate.high);
}

Contrast contrast_of(const Estimate& a, const Estimate& b) {
    const auto error = [](const Estimate& estimate) {
        return (estimate.high - estimate.low) / 2 / normal_quantile((1 + estimate.level) / 2);
    };
    return {a.value - b.value, std::hypot(error(a), error(b)),
            std::numeric_limits<double>::infinity()};
}

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

Contrast log_ratio(std::span<const double> a, std::span<const double> b, Pairing pairing) {
    return pairing == Pairing::kByRound ? paired(a, b) : independent(a, b);
}

Estimate ratio_of(const Contrast& log_ratio, double level) {
    const Estimate logs = interval_of(log_ratio, level);
    return {std::exp(logs.value), std::exp(logs.low), std::exp(logs.high), level};
}

Estimate speed_ratio(std::span<const double> a, std::span<const double> b, Pairing pairing,
                     double level) {
    return ratio_of(log_ratio(a, b, pairing), level);
}

}  // namespace closet::bench
