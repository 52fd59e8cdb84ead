#include "bench/stats/quantile.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "bench/stats/samples.h"

namespace closet::bench {

namespace {

double sorted_quantile(std::span<const double> sorted, double p) {
    const double place = std::clamp(p, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<double> sorted_finite(std::span<const double> values) {
    require_finite(values);
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double quantile(std::span<const double> values, double p) {
    const std::vector<double> sorted = sorted_finite(values);
    return sorted.empty() ? kNone : sorted_quantile(sorted, p);
}

double median(std::span<const double> values) {
    return quantile(values, 0.5);
}

Quartiles quartiles(std::span<const double> values) {
    const std::vector<double> sorted = sorted_finite(values);
    if (sorted.empty()) {
        return {kNone, kNone, kNone};
    }
    return {sorted_quantile(sorted, 0.25), sorted_quantile(sorted, 0.5),
            sorted_quantile(sorted, 0.75)};
}

double median_absolute_deviation(std::span<const double> values) {
    const double middle = median(values);
    std::vector<double> distances;
    for (double value : values) {
        distances.push_back(std::abs(value - middle));
    }
    return median(distances);
}

}  // namespace closet::bench
