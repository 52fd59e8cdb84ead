#include "bench/stats/ratio.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "bench/stats/samples.h"
#include "bench/stats/trimmed_mean.h"

namespace closet::bench {

namespace {

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

/// Yuen 1974 ("The Two-Sample Trimmed t for Unequal Population Variances").
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
