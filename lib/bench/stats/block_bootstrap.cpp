#include "bench/stats/block_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include <fmt/format.h>

#include "bench/stats/block_length.h"
#include "bench/stats/random.h"
#include "core/error.h"

namespace closet::bench {

namespace {

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
