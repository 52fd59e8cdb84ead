#pragma once

#include <span>

namespace closet::bench {

/// A trimmed mean and how sure it is.
struct TrimmedMean {
    double value = 0;
    double standard_error = 0;  ///< infinite for fewer than two values
    double degrees = 1;         ///< of freedom of Student's distribution
};

/// The mean without the lowest and highest tenth of the values, at least one of each from 8 values
/// on, so that one disturbed sample does not decide; fewer are all needed. The standard error is by
/// the Winsorized variance (Tukey & McLaughlin 1963, Yuen 1974), the plain one where that is 0
/// though values differ. Throws closet::Error for a value that is not finite.
TrimmedMean trimmed_mean(std::span<const double> values);

}  // namespace closet::bench
