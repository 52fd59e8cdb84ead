#pragma once

#include <span>

namespace closet::bench {

/// A trimmed mean and how sure it is.
struct TrimmedMean {
    double value = 0;
    double standard_error = 0;  ///< infinite for fewer than two values
    double degrees = 1;         ///< of freedom of Student's distribution
};

/// The mean without the lowest and the highest tenth of the values (rounded down: all of fewer than
/// 10 count), so that one disturbed sample does not decide. The standard error is by the Winsorized
/// variance (Tukey & McLaughlin 1963, Yuen 1974), the plain one where that is 0 though values
/// differ; 0 where all are equal. Throws closet::Error for a value that is not finite.
/// Notes, from simulation: with the degrees of freedom of those sources, values kept less one,
/// normal samples exceed the quantile for 1e-4 up to 1.5 times as often as they should, which tells
/// equal cases of a large sweep apart; hence one degree less for each value cut at an end. Without
/// any trimming a slowdown of 5 % is found half as often where one sample in ten is disturbed.
TrimmedMean trimmed_mean(std::span<const double> values);

}  // namespace closet::bench
