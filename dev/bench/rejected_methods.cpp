#include "dev/bench/rejected_methods.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "bench/stats/distributions.h"
#include "bench/stats/random.h"
#include "bench/stats/samples.h"

namespace closet::bench {

namespace {

constexpr double kTail = 0.025;

struct Moments {
    double mean = 0, error = 0;
};

Moments moments_of(std::span<const double> values) {
    const auto count = static_cast<double>(values.size());
    Moments moments;
    for (double value : values) {
        moments.mean += value / count;
    }
    for (double value : values) {
        moments.error += (value - moments.mean) * (value - moments.mean);
    }
    moments.error = std::sqrt(moments.error / (count * (count - 1)));
    return moments;
}

}  // namespace

Estimate percentile_median(std::span<const double> samples, bool expanded, std::uint64_t seed) {
    constexpr std::size_t kResamples = 500;
    Random random(seed);
    std::vector<double> medians, resample(samples.size());
    for (std::size_t i = 0; i < kResamples; ++i) {
        for (double& value : resample) {
            value = samples[random.below(static_cast<std::uint32_t>(samples.size()))];
        }
        medians.push_back(median(resample));
    }
    const auto count = static_cast<double>(samples.size());
    const double tail =
        expanded ? normal_cdf(std::sqrt(count / (count - 1)) * student_quantile(kTail, count - 1))
                 : kTail;
    return {median(samples), quantile(medians, tail), quantile(medians, 1 - tail)};
}

Estimate order_statistics(std::span<const double> samples) {
    std::vector<double> sorted(samples.begin(), samples.end());
    std::sort(sorted.begin(), sorted.end());
    const auto count = static_cast<double>(sorted.size());
    std::size_t out = 0;
    double term = std::exp2(-count), below = term;  // P(at most `out` samples are below the median)
    while (2 * (out + 1) < sorted.size()) {
        term *= (count - static_cast<double>(out)) / static_cast<double>(out + 1);
        if (below + term > kTail) {
            break;
        }
        below += term;
        ++out;
    }
    return {median(sorted), sorted[out], sorted[sorted.size() - 1 - out]};
}

Estimate student_of_logs(std::span<const double> samples) {
    const Moments moments = moments_of(logarithms(samples));
    const double reach =
        moments.error * student_quantile(1 - kTail, static_cast<double>(samples.size() - 1));
    return {std::exp(moments.mean), std::exp(moments.mean - reach), std::exp(moments.mean + reach)};
}

bool max_t_separates(const std::vector<std::vector<double>>& cases, std::uint32_t resamples,
                     std::uint64_t seed) {
    const std::size_t rounds = cases.front().size();
    std::vector<std::vector<double>> differences;
    double observed = 0;
    for (std::size_t a = 0; a < cases.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            std::vector<double>& pair = differences.emplace_back();
            for (std::size_t i = 0; i < rounds; ++i) {
                pair.push_back(std::log(cases[a][i] / cases[b][i]));
            }
            const Moments moments = moments_of(pair);
            observed = std::max(observed, std::abs(moments.mean) / moments.error);
            for (double& value : pair) {
                value -= moments.mean;
            }
        }
    }
    Random random(seed);
    std::vector<double> largest, resample(rounds);
    std::vector<std::size_t> drawn(rounds);
    for (std::uint32_t i = 0; i < resamples; ++i) {
        for (std::size_t& round : drawn) {
            round = random.below(static_cast<std::uint32_t>(rounds));
        }
        double most = 0;
        for (const std::vector<double>& pair : differences) {
            std::transform(drawn.begin(), drawn.end(), resample.begin(),
                           [&](std::size_t round) { return pair[round]; });
            const Moments moments = moments_of(resample);
            most = std::max(most, moments.error > 0 ? std::abs(moments.mean) / moments.error : 1e9);
        }
        largest.push_back(most);
    }
    return observed > quantile(largest, 1 - 2 * kTail);
}

Estimate two_stage(std::span<const ClipFrames> clips, bool student, std::uint64_t seed) {
    constexpr int kResamples = 500;
    Random random(seed);
    const auto figure = [&](bool resampled) {
        double total = 0, weight = 0;
        for (std::size_t i = 0; i < clips.size(); ++i) {
            const ClipFrames& clip =
                clips[resampled ? random.below(static_cast<std::uint32_t>(clips.size())) : i];
            const auto frames = static_cast<std::uint32_t>(clip.total.size());
            std::uint32_t frame = 0;
            for (std::uint32_t at = 0; at < frames; ++at) {
                frame = resampled && at % clip.block == 0 ? random.below(frames)
                                                          : (at == 0 ? 0 : (frame + 1) % frames);
                total += clip.total[frame];
                weight += clip.weight[frame];
            }
        }
        return total / weight;
    };
    const double value = figure(false);
    std::vector<double> values;
    for (int i = 0; i < kResamples; ++i) {
        values.push_back(figure(true));
    }
    if (!student) {
        return {value, quantile(values, kTail), quantile(values, 1 - kTail)};
    }
    const double count = static_cast<double>(clips.size());
    if (count < 2) {
        return unknown_interval(value);
    }
    const double deviation = moments_of(values).error * std::sqrt(static_cast<double>(kResamples));
    return interval_of({value, deviation * std::sqrt(count / (count - 1)), count - 1});
}

}  // namespace closet::bench
