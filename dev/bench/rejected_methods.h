#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "bench/result/result.h"
#include "bench/stats/clip_figure.h"

namespace closet::bench {

// What lib/bench/stats does not use, measured beside what it does.

/// Efron's percentile interval of the median; `expanded` by Hesterberg 2015.
Estimate percentile_median(std::span<const double> samples, bool expanded, std::uint64_t seed);

/// The narrowest pair of order statistics that holds the median in 95 % of cases, or the outermost.
Estimate order_statistics(std::span<const double> samples);

/// Student's interval of the mean of logarithms, taken back.
Estimate student_of_logs(std::span<const double> samples);

/// Whether max-t by bootstrap (rounds resampled jointly, studentized differences of all pairs of
/// logarithms) tells any two of these cases apart at 95 %.
bool max_t_separates(const std::vector<std::vector<double>>& cases, std::uint32_t resamples,
                     std::uint64_t seed);

/// The figure over clips by the two-stage bootstrap: clips are drawn with replacement, then blocks
/// within each (Davison & Hinkley 1997, section 3.8). Percentiles, or with `student` the standard
/// deviation of resamples times the quantile of clips - 1 degrees of freedom; unknown for one clip.
Estimate two_stage(std::span<const ClipFrames> clips, bool student, std::uint64_t seed);

}  // namespace closet::bench
