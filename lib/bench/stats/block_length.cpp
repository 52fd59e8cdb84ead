#include "bench/stats/block_length.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "bench/stats/samples.h"

namespace closet::bench {

namespace {

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

}  // namespace

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

}  // namespace closet::bench
