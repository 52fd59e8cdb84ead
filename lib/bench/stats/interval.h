#pragma once

#include <cstdint>

#include "bench/result.h"

namespace closet::bench {

/// How an interval is resampled. The same options and values give the same interval everywhere.
struct BootstrapOptions {
    double level = 0.95;  ///< coverage, in (0, 1)
    std::uint32_t resamples = 2000;
    std::uint64_t seed = 1;
};

/// An estimate of which nothing but the value is known, as from one sample: its bounds are
/// infinite, so that nothing can be concluded from it. JSON has no infinity: such bounds are
/// written as null.
Estimate unknown_interval(double value, double level = 0.95);

/// Whether both bounds are finite.
bool is_known(const Estimate& estimate);

}  // namespace closet::bench
