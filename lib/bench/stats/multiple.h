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
    Estimate behind_best;     ///< case less best other; below 0: behind
    bool may_be_best = true;  ///< not told from the best: behind_best.high >= 0
};

/// Comparison with the best (after J. Hsu 1981, 1984, "Constrained Simultaneous Confidence
/// Intervals for Multiple Comparisons with the Best"). Larger is better. With probability `level`,
/// every case that truly is the best, or as good, is among those marked may_be_best: Hsu promises
/// that of one of equals only, so that of 8 equal cases one is dropped far more often than 1 -
/// level. Each case is tested against all others (Bonferroni over them), the cases together by
/// Holm; the interval of a case is that of its step, and its level is at least 2 * level - 1.
std::vector<BestComparison> compare_with_best(std::size_t cases, const ContrastOf& contrast,
                                              double level = 0.95);

/// The same for speeds, from each case's samples; behind_best is a ratio (1: as fast).
std::vector<BestComparison> compare_speeds_with_best(std::span<const std::vector<double>> samples,
                                                     Pairing pairing, double level = 0.95);

}  // namespace closet::bench
