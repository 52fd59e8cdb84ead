#pragma once

#include <span>

#include "bench/stats/interval.h"

namespace closet::bench {

/// Median and mean of independent samples (speeds, times) with intervals. Samples are positive: a
/// zero, negative or infinite one, or NaN, throws closet::Error. No sample: value NaN; fewer than
/// two: unknown_interval().
Estimate bootstrap_median(std::span<const double> samples, const BootstrapOptions& options = {});
Estimate bootstrap_mean(std::span<const double> samples, const BootstrapOptions& options = {});

}  // namespace closet::bench
