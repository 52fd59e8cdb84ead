#pragma once

#include <span>
#include <vector>

#include "bench/stats/contrast.h"
#include "bench/stats/ratio.h"

namespace closet::bench {

/// p-values adjusted for their number by S. Holm 1979 ("A Simple Sequentially Rejective Multiple
/// Test Procedure"), in the order given: those <= 1 - level may be called significant together.
std::vector<double> holm(std::span<const double> p_values);

/// How a case stands to the best of the others.
struct BestComparison {
    Estimate behind_best;  ///< case less best other; > 0 ahead. Bounds hold for all cases at once
    bool may_be_best = true;  ///< cannot be told from the best
};

/// Comparison with the best (J. Hsu 1981, 1984; 1996 section 4.2): the best of all is among those
/// marked may_be_best, and all intervals hold, with probability `level`. Larger is better.
std::vector<BestComparison> compare_with_best(std::size_t cases, const ContrastOf& contrast,
                                              double level = 0.95);

/// The same for speeds, from each case's samples; behind_best is a ratio (1: as fast).
std::vector<BestComparison> compare_speeds_with_best(std::span<const std::vector<double>> samples,
                                                     Pairing pairing, double level = 0.95);

}  // namespace closet::bench
