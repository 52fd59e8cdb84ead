#pragma once

#include <cstddef>
#include <vector>

#include "bench/stats/contrast.h"

namespace closet::bench {

enum class ParetoMark { kFrontier, kDominated, kUndecided };

/// Marks each case of a family by two figures, larger being better in both. Case j dominates case i
/// when it is no worse in both and better in one. A case is
///   kDominated when it is shown that some other case dominates it,
///   kFrontier  when it is shown that no other case does,
///   kUndecided else.
/// With probability `level` none of the first two marks is false.
std::vector<ParetoMark> pareto(std::size_t cases, const ContrastOf& speed,
                               const ContrastOf& quality, double level = 0.95);

/// a - b of two figures of which only intervals are known; they count as independent
/// (for jointly resampled ones see block_bootstrap.h).
Contrast contrast_of(const Estimate& a, const Estimate& b);

}  // namespace closet::bench
