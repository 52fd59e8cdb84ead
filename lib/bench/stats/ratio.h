#pragma once

#include <span>

#include "bench/stats/contrast.h"

namespace closet::bench {

/// Whether sample i of one case was taken next to sample i of the other (rounds of an interleaved
/// run), so that what disturbed both cancels out, or the samples have nothing to do with each
/// other.
enum class Pairing { kIndependent, kByRound };

/// log(speed of a / speed of b) from samples of both, which are positive (else closet::Error). By
/// round, only as many rounds count as both cases have; NaN stands for a round without a sample.
/// Fewer than two samples on a side: nothing is known.
Contrast log_ratio(std::span<const double> a, std::span<const double> b, Pairing pairing);

/// `log_ratio` taken back to a ratio: a / b and its interval.
Estimate ratio_of(const Contrast& log_ratio, double level = 0.95);

/// a / b and its interval.
Estimate speed_ratio(std::span<const double> a, std::span<const double> b, Pairing pairing,
                     double level = 0.95);

}  // namespace closet::bench
