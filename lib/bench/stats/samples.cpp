#include "bench/stats/samples.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"

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

void require_finite(std::span<const double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw Error(fmt::format("value {} of {} is {}, but statistics take finite numbers only",
                                    i + 1, values.size(), values[i]));
        }
    }
}

void require_positive(std::span<const double> samples) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (!std::isfinite(samples[i]) || samples[i] <= 0) {
            throw Error(
                fmt::format("sample {} of {} is {}, but times and speeds are positive "
                            "numbers; leave failed samples out",
                            i + 1, samples.size(), samples[i]));
        }
    }
}

std::vector<double> logarithms(std::span<const double> samples) {
    require_positive(samples);
    std::vector<double> logs;
    logs.reserve(samples.size());
    for (double sample : samples) {
        logs.push_back(std::log(sample));
    }
    return logs;
}

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
