#pragma once

#include <span>
#include <vector>

namespace closet::bench {

/// Throw closet::Error that names the first value which is not finite, or not positive and finite.
void require_finite(std::span<const double> values);
void require_positive(std::span<const double> samples);

/// Natural logarithms of positive samples (else closet::Error).
std::vector<double> logarithms(std::span<const double> samples);

}  // namespace closet::bench
