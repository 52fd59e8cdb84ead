#include "bench/stats/noise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "bench/stats/distributions.h"
#include "bench/stats/samples.h"

namespace closet::bench {
namespace {

/// Modified z-scores beyond this are outliers (Iglewicz & Hoaglin 1993, "How to Detect and Handle
/// Outliers").
constexpr double kOutlierScore = 3.5;
/// What makes the median and the mean distance of a normal distribution its standard deviation.
constexpr double kMedianDistance = 1.4826, kMeanDistance = 1.2533;

std::vector<std::size_t> outliers_of(std::span<const double> samples) {
    const double middle = median(samples);
    double scale = kMedianDistance * median_absolute_deviation(samples);
    if (scale == 0) {  // more than half of the samples are alike
        for (double sample : samples) {
            scale +=
                kMeanDistance * std::abs(sample - middle) / static_cast<double>(samples.size());
        }
    }
    std::vector<std::size_t> outliers;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (std::abs(samples[i] - middle) > kOutlierScore * scale) {
            outliers.push_back(i);
        }
    }
    return outliers;
}

/// At most about 1000 samples in order: all pairs of them are looked at.
std::vector<double> thinned(std::span<const double> samples) {
    constexpr std::size_t kMostForPairs = 1000;
    const std::size_t step = 1 + samples.size() / kMostForPairs;
    std::vector<double> some;
    for (std::size_t i = 0; i < samples.size(); i += step) {
        some.push_back(samples[i]);
    }
    return some;
}

/// Mann 1945, Kendall 1975: the normal approximation with continuity and ties corrected.
double trend_p(std::span<const double> samples) {
    const auto variance_part = [](double n) { return n * (n - 1) * (2 * n + 5) / 18; };
    double score = 0;
    std::map<double, double> ties;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        ++ties[samples[i]];
        for (std::size_t j = 0; j < i; ++j) {
            score += static_cast<double>(samples[i] > samples[j]) -
                     static_cast<double>(samples[i] < samples[j]);
        }
    }
    double variance = variance_part(static_cast<double>(samples.size()));
    for (const auto& [value, count] : ties) {
        variance -= variance_part(count);
    }
    if (variance <= 0 || score == 0) {
        return 1;
    }
    return std::min(1.0, 2 * normal_cdf(-(std::abs(score) - 1) / std::sqrt(variance)));
}

/// The median slope of all pairs (Theil 1950, Sen 1968), a sample.
double slope_of(std::span<const double> samples) {
    std::vector<double> slopes;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            slopes.push_back((samples[i] - samples[j]) / static_cast<double>(i - j));
        }
    }
    return median(slopes);
}

double autocorrelation_of(std::span<const double> samples) {
    double mean = 0;
    for (double sample : samples) {
        mean += sample / static_cast<double>(samples.size());
    }
    double products = 0, squares = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        squares += (samples[i] - mean) * (samples[i] - mean);
        products += i > 0 ? (samples[i] - mean) * (samples[i - 1] - mean) : 0;
    }
    return squares > 0 ? products / squares : 0;
}

}  // namespace

Noise inspect_noise(std::span<const double> samples) {
    require_positive(samples);
    Noise noise;
    if (samples.size() < 3) {
        return noise;
    }
    noise.outliers = outliers_of(samples);
    noise.slow_first =
        !noise.outliers.empty() && noise.outliers.front() == 0 && samples.front() > median(samples);
    const std::vector<double> some = thinned(samples);
    noise.drift_p = trend_p(some);
    const double rise = slope_of(some) * static_cast<double>(some.size() - 1);
    const double start = median(some) - rise / 2;
    noise.drift = start > 0 ? rise / start : std::numeric_limits<double>::infinity();
    noise.autocorrelation = autocorrelation_of(samples);
    return noise;
}

}  // namespace closet::bench
