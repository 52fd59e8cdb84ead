#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "bench/stats/contrast.h"

namespace closet::bench {

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

/// Verdicts on the cases of one comparison, corrected for their number.
std::vector<Change> judge(std::span<const Contrast> changes, double margin, double level = 0.95);

/// The same for speeds: contrasts are logarithms of new over base (log_ratio(new, base)), `margin`
/// the slowdown allowed (0.05: 5 %), changes come back as fractions (-0.1: 10 % slower).
std::vector<Change> judge_speeds(std::span<const Contrast> log_ratios, double margin,
                                 double level = 0.95);

}  // namespace closet::bench
