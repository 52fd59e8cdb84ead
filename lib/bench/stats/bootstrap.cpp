#include "bench/stats/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "bench/stats/distributions.h"
#include "bench/stats/random.h"
#include "bench/stats/samples.h"
#include "core/error.h"

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
Estimate bootstrap_interval(std::span<const double> samples, Statistic statistic, bool widen,
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

constexpr double kLengthening = 3;
constexpr std::size_t kFewestBlocks = 4;

/// Autocovariances for lags 0..most, over the pairs of frames that both have a value.
std::vector<double> autocovariances(std::span<const double> values, std::size_t most) {
    double mean = 0, count = 0;
    for (double value : values) {
        if (!std::isnan(value)) {
            mean += value;
            ++count;
        }
    }
    mean /= std::max(1.0, count);
    std::vector<double> result(most + 1, 0.0);
    for (std::size_t lag = 0; lag <= most; ++lag) {
        for (std::size_t i = lag; i < values.size(); ++i) {
            const double product = (values[i] - mean) * (values[i - lag] - mean);
            result[lag] += std::isnan(product) ? 0 : product / count;
        }
    }
    return result;
}

/// The last lag before a run of `run` lags whose correlations could be chance.
std::size_t last_clear_lag(const std::vector<double>& covariances, std::size_t run, double chance) {
    std::size_t quiet = 0;
    for (std::size_t lag = 1; lag < covariances.size(); ++lag) {
        quiet = std::abs(covariances[lag]) < chance * covariances[0] ? quiet + 1 : 0;
        if (quiet == run) {
            return lag - run;
        }
    }
    return covariances.size() - 1 - quiet;
}

/// The optimal length of the paper, neither rounded nor bounded.
double optimal_length(std::span<const double> values) {
    const auto n = static_cast<double>(values.size());
    const auto run = static_cast<std::size_t>(std::max(5.0, std::ceil(std::sqrt(std::log10(n)))));
    const std::size_t most =
        std::min(values.size() - 1, static_cast<std::size_t>(std::ceil(std::sqrt(n))) + run);
    const std::vector<double> covariances = autocovariances(values, most);
    const std::size_t clear = last_clear_lag(covariances, run, 2 * std::sqrt(std::log10(n) / n));
    const std::size_t width = std::min(most, std::max<std::size_t>(1, 2 * clear));
    double weighted = 0, spectrum = covariances[0];
    for (std::size_t lag = 1; lag <= width; ++lag) {
        // The trapezoidal lag window of Politis & Romano 1995.
        const double share = static_cast<double>(lag) / static_cast<double>(width);
        const double term = 2 * std::min(1.0, 2 * (1 - share)) * covariances[lag];
        weighted += term * static_cast<double>(lag);
        spectrum += term;
    }
    const double denominator = 4.0 / 3.0 * spectrum * spectrum;
    return denominator > 0 ? std::cbrt(2 * weighted * weighted / denominator * n) : 1;
}

/// Fills `frames` with whole blocks, the last cut short.
void resample_blocks(std::vector<std::uint32_t>& frames, std::uint32_t block_length,
                     Random& random) {
    const auto count = static_cast<std::uint32_t>(frames.size());
    for (std::uint32_t at = 0; at < count;) {
        std::uint32_t frame = random.below(count);
        for (std::uint32_t i = 0; i < block_length && at < count; ++i, ++at) {
            frames[at] = frame;
            frame = frame + 1 < count ? frame + 1 : 0;
        }
    }
}

}  // namespace

Estimate bootstrap_median(std::span<const double> samples, const BootstrapOptions& options) {
    return bootstrap_interval(samples, median_in_place, false, options);
}

Estimate bootstrap_mean(std::span<const double> samples, const BootstrapOptions& options) {
    return bootstrap_interval(samples, mean_of, true, options);
}

std::uint32_t block_length(std::span<const double> values, std::uint32_t minimum) {
    for (double value : values) {
        if (!std::isnan(value)) {
            require_finite({&value, 1});
        }
    }
    const auto most =
        static_cast<std::uint32_t>(std::max<std::size_t>(1, values.size() / kFewestBlocks));
    if (most == 1) {
        return 1;
    }
    const double length =
        std::clamp(kLengthening * optimal_length(values), 1.0, static_cast<double>(most));
    return std::clamp(static_cast<std::uint32_t>(std::lround(length)),
                      std::clamp<std::uint32_t>(minimum, 1, most), most);
}

Replicates block_replicates(std::uint32_t frames, std::uint32_t block_length,
                            const FrameStatistic& statistic, const BootstrapOptions& options) {
    std::vector<std::uint32_t> numbers(frames);
    for (std::uint32_t i = 0; i < frames; ++i) {
        numbers[i] = i;
    }
    Replicates result;
    result.value = statistic(numbers);
    if (frames == 0) {
        return result;
    }
    const std::uint32_t length = std::clamp<std::uint32_t>(block_length, 1, frames);
    result.degrees = static_cast<double>(frames) / length - 1;
    Random random(options.seed);
    result.values.reserve(options.resamples);
    for (std::uint32_t i = 0; i < options.resamples; ++i) {
        resample_blocks(numbers, length, random);
        result.values.push_back(statistic(numbers));
    }
    return result;
}

Contrast contrast_of(const Replicates& replicates) {
    double count = 0, mean = 0, squares = 0;  // Welford 1962
    for (double value : replicates.values) {
        if (std::isfinite(value)) {
            ++count;
            const double distance = value - mean;
            mean += distance / count;
            squares += distance * (value - mean);
        }
    }
    const double degrees = replicates.degrees;
    if (count < 2 || degrees <= 0) {
        return {replicates.value, std::numeric_limits<double>::infinity(), 1};
    }
    // As from so many independent values: resampling them shows too little variance by this factor.
    const double small_sample = std::sqrt((degrees + 1) / degrees);
    return {replicates.value, small_sample * std::sqrt(squares / (count - 1)), degrees};
}

Contrast contrast_of(const Replicates& a, const Replicates& b) {
    Replicates difference{a.value - b.value, {}, std::min(a.degrees, b.degrees)};
    for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i) {
        difference.values.push_back(a.values[i] - b.values[i]);
    }
    return contrast_of(difference);
}

Estimate interval_of(const Replicates& replicates, double level) {
    return interval_of(contrast_of(replicates), level);
}

Estimate bootstrap_blocks(std::uint32_t frames, std::uint32_t block_length,
                          const FrameStatistic& statistic, const BootstrapOptions& options) {
    return interval_of(block_replicates(frames, block_length, statistic, options), options.level);
}

FrameStatistic frame_mean(std::span<const double> values, std::span<const double> weights) {
    if (!weights.empty() && weights.size() != values.size()) {
        throw Error(
            fmt::format("a mean over {} frames was asked for with {} weights, and each frame "
                        "needs one",
                        values.size(), weights.size()));
    }
    for (double weight : weights) {
        if (!std::isfinite(weight) || weight < 0) {
            throw Error(
                fmt::format("a frame has the weight {}, and weights are 0 or more", weight));
        }
    }
    return [values, weights](std::span<const std::uint32_t> frames) {
        double sum = 0, weight_sum = 0;
        for (std::uint32_t frame : frames) {
            if (!std::isnan(values[frame])) {
                const double weight = weights.empty() ? 1 : weights[frame];
                sum += weight * values[frame];
                weight_sum += weight;
            }
        }
        return weight_sum > 0 ? sum / weight_sum : std::numeric_limits<double>::quiet_NaN();
    };
}

Estimate bootstrap_frame_mean(std::span<const double> values, std::span<const double> weights,
                              std::uint32_t minimum_block, const BootstrapOptions& options) {
    return bootstrap_blocks(static_cast<std::uint32_t>(values.size()),
                            block_length(values, minimum_block), frame_mean(values, weights),
                            options);
}

}  // namespace closet::bench
