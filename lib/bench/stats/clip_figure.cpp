#include "bench/stats/clip_figure.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace closet::bench {
namespace {

constexpr double kShortestBlockS = 0.5;
constexpr double kLongestShortest = 1000;  ///< frames, whatever the rate claims to be

std::uint32_t shortest_block(double frames_per_s) {
    const double frames = frames_per_s > 0 ? frames_per_s * kShortestBlockS : 1;
    return static_cast<std::uint32_t>(std::lround(std::clamp(frames, 1.0, kLongestShortest)));
}

struct Sums {
    double total = 0, weight = 0;

    double ratio() const {
        return weight > 0 ? total / weight : std::numeric_limits<double>::quiet_NaN();
    }
};

Sums sums_of(const ClipFrames& clip) {
    return {std::accumulate(clip.total.begin(), clip.total.end(), 0.0),
            std::accumulate(clip.weight.begin(), clip.weight.end(), 0.0)};
}

Sums sums_of(std::span<const ClipFrames> clips) {
    Sums all;
    for (const ClipFrames& clip : clips) {
        const Sums sums = sums_of(clip);
        all.total += sums.total;
        all.weight += sums.weight;
    }
    return all;
}

/// What a frame says by itself; NaN where it says nothing.
std::vector<double> values_of(std::span<const double> total, std::span<const double> weight) {
    std::vector<double> values(total.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = Sums{total[i], weight[i]}.ratio();
    }
    return values;
}

/// The figure of all clips where one of them is resampled and the `others` stay as they are.
Contrast contribution_of(const ClipFrames& clip, const Sums& others,
                         const BootstrapOptions& options) {
    const auto statistic = [&](std::span<const std::uint32_t> frames) {
        Sums all = others;
        for (const std::uint32_t frame : frames) {
            all.total += clip.total[frame];
            all.weight += clip.weight[frame];
        }
        return all.ratio();
    };
    return contrast_of(block_replicates(static_cast<std::uint32_t>(clip.total.size()), clip.block,
                                        statistic, options));
}

/// `value` with the variances of independent parts added up. One part is left as it is.
Contrast add_up(double value, const std::vector<Contrast>& parts) {
    if (parts.size() == 1) {
        return {value, parts.front().standard_error, parts.front().degrees};
    }
    double variance = 0, squares = 0, degrees = 0;
    for (const Contrast& part : parts) {
        const double own = part.standard_error * part.standard_error;
        variance += own;
        squares += own * own / part.degrees;
        degrees += part.degrees;
    }
    if (std::isfinite(variance) && variance > 0) {
        degrees = variance * variance / squares;  // Satterthwaite 1946
    }
    return {value, std::sqrt(variance), std::max(degrees, 1.0)};
}

/// How far each frame moves the difference of two figures, to first order. 0 where it says nothing.
std::vector<double> influences(const ClipFrames& a, const Sums& all_a, const ClipFrames& b,
                               const Sums& all_b) {
    std::vector<double> result(a.total.size(), 0.0);
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] = (a.total[i] - all_a.ratio() * a.weight[i]) / all_a.weight -
                    (b.total[i] - all_b.ratio() * b.weight[i]) / all_b.weight;
    }
    return result;
}

bool say_the_same(const ClipFrames& a, const ClipFrames& b) {
    return std::equal(a.total.begin(), a.total.end(), b.total.begin(), b.total.end()) &&
           std::equal(a.weight.begin(), a.weight.end(), b.weight.begin(), b.weight.end());
}

/// The sum of the values, resampled in circular blocks.
Contrast resampled_sum(const std::vector<double>& values, std::size_t length) {
    const std::size_t frames = values.size();
    const double blocks = static_cast<double>(frames) / static_cast<double>(length);
    if (blocks <= 1) {
        return {0, std::numeric_limits<double>::infinity(), 1};
    }
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / blocks;
    double squares = 0;
    double sum =
        std::accumulate(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(length), 0.0);
    for (std::size_t first = 0; first < frames; ++first) {
        squares += (sum - mean) * (sum - mean);
        sum += values[(first + length) % frames] - values[first];
    }
    const double variance = blocks * squares / static_cast<double>(frames);
    return {0, std::sqrt(variance * blocks / (blocks - 1)), blocks - 1};
}

}  // namespace

ClipFrames::ClipFrames(std::span<const double> all_totals, std::span<const double> all_weights,
                       double frames_per_s)
    : total(all_totals),
      weight(all_weights),
      block(block_length(values_of(all_totals, all_weights), shortest_block(frames_per_s))) {}

Estimate bootstrap_clips(std::span<const ClipFrames> clips, const BootstrapOptions& options) {
    const Sums all = sums_of(clips);
    std::vector<Contrast> parts;
    for (const ClipFrames& clip : clips) {
        const Sums own = sums_of(clip);
        if (own.weight > 0) {
            const Sums others =
                clips.size() == 1 ? Sums() : Sums{all.total - own.total, all.weight - own.weight};
            parts.push_back(contribution_of(clip, others, options));
        }
    }
    if (parts.empty()) {
        return unknown_interval(all.ratio(), options.level);
    }
    return interval_of(add_up(all.ratio(), parts), options.level);
}

Contrast difference_over_clips(std::span<const ClipFrames> a, std::span<const ClipFrames> b) {
    if (a.size() != b.size()) {
        throw std::invalid_argument("the figures compared are of different numbers of clips");
    }
    const Sums all_a = sums_of(a), all_b = sums_of(b);
    const double value = all_a.ratio() - all_b.ratio();
    if (std::equal(a.begin(), a.end(), b.begin(), say_the_same)) {
        return {};
    }
    if (std::isnan(value)) {
        return {value, std::numeric_limits<double>::infinity(), 1};
    }
    std::vector<Contrast> parts;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].total.size() != b[i].total.size()) {
            throw std::invalid_argument("the figures compared are of clips of different length");
        }
        if (!a[i].total.empty()) {
            parts.push_back(resampled_sum(influences(a[i], all_a, b[i], all_b),
                                          std::max(a[i].block, b[i].block)));
        }
    }
    return add_up(value, parts);
}

}  // namespace closet::bench
