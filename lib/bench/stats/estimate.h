#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <span>

namespace closet::bench {

/// An estimate and the interval that holds it.
struct Estimate {
    double value = 0;
    double low = 0, high = 0;  ///< low <= value <= high; -INFINITY and INFINITY where not known
    double level = 0.95;       ///< coverage that the interval claims, 0..1

    /// Half the interval's width over the value; infinite for a value of 0.
    double relative_half_width() const {
        return value != 0 ? (high - low) / 2 / std::abs(value) : INFINITY;
    }
};

/// An estimate of which nothing but the value is known, as from one sample: its bounds are
/// infinite, so that nothing can be concluded from it. JSON has no infinity: such bounds are
/// written as null.
Estimate unknown_interval(double value, double level = 0.95);

/// Whether both bounds of the interval are finite.
bool is_known(const Estimate& estimate);

/// A measured difference whose error follows Student's distribution. A standard error of 0 means
/// that the difference is known exactly; an infinite one that nothing is known.
struct Contrast {
    double value = 0;
    double standard_error = 0;
    double degrees = 1;  ///< of freedom, > 0
};

/// Case a less case b, by their numbers; a != b.
using ContrastOf = std::function<Contrast(std::size_t a, std::size_t b)>;

/// a - b of two estimates by their intervals, taken as normal and independent (for jointly
/// resampled ones see bootstrap.h).
Contrast contrast_of(const Estimate& a, const Estimate& b);

/// Two-sided interval of Student's distribution; `level` is its coverage, in (0, 1).
Estimate interval_of(const Contrast& contrast, double level = 0.95);

/// One-sided p-value: P of a value at least this large where the truth is `null` or less; small:
/// surely above `null`.
double p_above(const Contrast& contrast, double null = 0);

/// Two-sided p-value: P of a value at least this far from `null` in either direction.
double p_different(const Contrast& contrast, double null = 0);

/// Whether sample i of one case was taken next to sample i of the other (rounds of an interleaved
/// run), so that what disturbed both cancels out, or the samples have nothing to do with each
/// other.
enum class Pairing { kIndependent, kByRound };

/// log(speed of a / speed of b) from samples of both, which are positive (else closet::Error). By
/// round, only as many rounds count as both cases have; NaN stands for a round without a sample.
/// Fewer than two samples on a side: nothing is known. Logarithms are averaged by trimmed_mean;
/// independent samples are compared by Yuen 1974 ("The Two-Sample Trimmed t for Unequal Population
/// Variances").
Contrast log_ratio(std::span<const double> a, std::span<const double> b, Pairing pairing);

/// A result of `log_ratio` taken back to a ratio: a / b and its interval.
Estimate ratio_of(const Contrast& log_ratio, double level = 0.95);

/// a / b and its interval, from samples as log_ratio takes them.
Estimate speed_ratio(std::span<const double> a, std::span<const double> b, Pairing pairing,
                     double level = 0.95);

}  // namespace closet::bench
