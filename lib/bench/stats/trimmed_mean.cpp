#include "bench/stats/trimmed_mean.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "bench/stats/samples.h"

namespace closet::bench {

namespace {

constexpr std::size_t kShareTrimmed = 10;  ///< one in so many at either end

TrimmedMean trimmed(std::span<const double> sorted, std::size_t cut) {
    const std::size_t kept = sorted.size() - 2 * cut;
    double mean = 0, winsorized_mean = 0;
    const auto winsorized = [&](std::size_t i) {
        return sorted[std::clamp(i, cut, sorted.size() - cut - 1)];
    };
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        winsorized_mean += winsorized(i) / static_cast<double>(sorted.size());
        if (i >= cut && i < sorted.size() - cut) {
            mean += sorted[i] / static_cast<double>(kept);
        }
    }
    double squares = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        squares += (winsorized(i) - winsorized_mean) * (winsorized(i) - winsorized_mean);
    }
    const auto kept_count = static_cast<double>(kept);
    return {mean, std::sqrt(squares / (kept_count * (kept_count - 1))),
            kept_count - 1 - static_cast<double>(cut)};
}

}  // namespace

TrimmedMean trimmed_mean(std::span<const double> values) {
    require_finite(values);
    if (values.size() < 2) {
        return {values.empty() ? std::numeric_limits<double>::quiet_NaN() : values.front(),
                std::numeric_limits<double>::infinity(), 1};
    }
    std::vector<double> sorted(values.begin(), values.end());
    std::sort(sorted.begin(), sorted.end());
    if (sorted.front() == sorted.back()) {
        return {sorted.front(), 0, static_cast<double>(sorted.size() - 1)};
    }
    const TrimmedMean result = trimmed(sorted, sorted.size() / kShareTrimmed);
    return result.standard_error > 0 ? result : trimmed(sorted, 0);
}

}  // namespace closet::bench
