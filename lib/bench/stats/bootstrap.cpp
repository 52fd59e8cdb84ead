#include "bench/stats/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "bench/stats/distributions.h"
#include "bench/stats/random.h"
#include "bench/stats/samples.h"

namespace closet::bench {

namespace {

/// Of values that may be put into another order.
double median_in_place(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) {
        return *middle;
    }
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Standard deviation over resamples of log(statistic).
template <typename Statistic>
double bootstrap_error(std::span<const double> samples, Statistic statistic,
                       const BootstrapOptions& options) {
    Random random(options.seed);
    const auto count = static_cast<std::uint32_t>(samples.size());
    std::vector<double> resample(samples.size());
    double mean = 0, squares = 0;  // Welford 1962
    for (std::uint32_t i = 0; i < options.resamples; ++i) {
        for (double& value : resample) {
            value = samples[random.below(count)];
        }
        const double value = std::log(statistic(resample));
        const double distance = value - mean;
        mean += distance / (i + 1.0);
        squares += distance * (value - mean);
    }
    return std::sqrt(squares / std::max(1.0, options.resamples - 1.0));
}

template <typename Statistic>
Estimate interval_of(std::span<const double> samples, Statistic statistic, bool widen,
                     const BootstrapOptions& options) {
    require_positive(samples);
    if (samples.empty()) {
        return unknown_interval(std::numeric_limits<double>::quiet_NaN(), options.level);
    }
    std::vector<double> all(samples.begin(), samples.end());
    const double value = statistic(all);
    if (samples.size() < 2) {
        return unknown_interval(value, options.level);
    }
    const double count = static_cast<double>(samples.size());
    const double error = bootstrap_error(samples, statistic, options) *
                         (widen ? std::sqrt(count / (count - 1)) : 1.0);
    const double reach = std::exp(student_quantile((1 + options.level) / 2, count - 1) * error);
    return {value, value / reach, value * reach, options.level};
}

}  // namespace

Estimate bootstrap_median(std::span<const double> samples, const BootstrapOptions& options) {
    return interval_of(samples, median_in_place, false, options);
}

Estimate bootstrap_mean(std::span<const double> samples, const BootstrapOptions& options) {
    return interval_of(samples, mean_of, true, options);
}

}  // namespace closet::bench
