#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "bench/stats/estimate.h"

namespace closet::bench {

// Claims about many cases at once, each holding for all of them together with one probability.

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

/// What became of a case between two builds or results.
enum class Verdict { kBetter, kWorse, kSame, kInconclusive };

std::string_view name_of(Verdict verdict);  ///< "better", "worse", "same", "inconclusive"

/// A case's change and what it comes to.
struct Change {
    Estimate change;  ///< > 0 better, in the unit of the contrast; its level is that of the verdict
    Verdict verdict = Verdict::kInconclusive;
};

/// The verdict on one change (> 0 better) from its interval, `margin` >= 0 being the loss that is
/// allowed.
Verdict verdict_of(const Estimate& change, double margin);

/// Verdicts on the cases of one comparison, in their order, corrected for their number by Holm:
/// with probability `level` none is called better or worse falsely. `margin` >= 0, else
/// closet::Error.
std::vector<Change> judge(std::span<const Contrast> changes, double margin, double level = 0.95);

/// The same for speeds: contrasts are logarithms of new over base (log_ratio(new, base)), `margin`
/// the slowdown allowed (0.05: 5 %; 0 <= margin < 1, else closet::Error), changes come back as
/// fractions (-0.1: 10 % slower).
std::vector<Change> judge_speeds(std::span<const Contrast> log_ratios, double margin,
                                 double level = 0.95);

/// Where a case lies by two figures, see pareto().
enum class ParetoMark { kFrontier, kDominated, kUndecided };

/// Marks each case of a family by two figures, larger being better in both. Case j dominates case i
/// when it is no worse in both and better in one. A case is
///   kDominated when it is shown that some other case dominates it,
///   kFrontier  when it is shown that no other case does,
///   kUndecided else.
/// With probability `level` none of the first two marks is false.
std::vector<ParetoMark> pareto(std::size_t cases, const ContrastOf& speed,
                               const ContrastOf& quality, double level = 0.95);

}  // namespace closet::bench
