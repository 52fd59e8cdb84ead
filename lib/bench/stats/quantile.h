#pragma once

#include <span>

namespace closet::bench {

/// The p-quantile (p in 0..1) of values in any order, by type 7 of Hyndman & Fan 1996 ("Sample
/// Quantiles in Statistical Packages"), as R and NumPy have it by default: straight lines between
/// order statistics. NaN for no values. Throws closet::Error for a value that is not finite.
double quantile(std::span<const double> values, double p);

double median(std::span<const double> values);

struct Quartiles {
    double lower = 0, median = 0, upper = 0;
};
Quartiles quartiles(std::span<const double> values);

/// Median of the distances from the median, unscaled (times 1.4826 it estimates a normal's standard
/// deviation). NaN for no values.
double median_absolute_deviation(std::span<const double> values);

}  // namespace closet::bench
