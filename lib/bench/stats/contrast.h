#pragma once

#include <cstddef>
#include <functional>

#include "bench/stats/interval.h"

namespace closet::bench {

/// A measured difference whose error follows Student's distribution. A standard error of 0 means
/// that the difference is known exactly; an infinite one that nothing is known.
struct Contrast {
    double value = 0;
    double standard_error = 0;
    double degrees = 1;  ///< of freedom, > 0
};

/// Case a less case b, by their numbers; a != b.
using ContrastOf = std::function<Contrast(std::size_t a, std::size_t b)>;

/// Two-sided interval.
Estimate interval_of(const Contrast& contrast, double level = 0.95);

/// P of a value at least this large where the truth is `null` or less; small: surely above `null`.
double p_above(const Contrast& contrast, double null = 0);

/// P of a value at least this far from `null` in either direction.
double p_different(const Contrast& contrast, double null = 0);

}  // namespace closet::bench
