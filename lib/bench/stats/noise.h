#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace closet::bench {

/// What is odd about the samples of one case, in the order in which they were taken.
struct Noise {
    std::vector<std::size_t> outliers;  ///< their places, ascending
    bool slow_first = false;            ///< the first sample is the slow outlier
    double drift_p = 1;                 ///< P of such a trend without drift
    double drift = 0;                   ///< last over first less 1 by the fitted line
    double autocorrelation = 0;         ///< of neighbors, -1..1
};

/// Fewer than 3 samples tell nothing. `samples` are times (larger is slower), positive and finite,
/// else closet::Error.
Noise inspect_noise(std::span<const double> samples);

}  // namespace closet::bench
