#pragma once

#include <cstddef>
#include <string>

#include "bench/sweep/runner.h"

namespace closet::bench {

/// How long a sweep will take, seconds, model loads left out.
struct TimeEstimate {
    double least_s = 0;  ///< every case is narrow as soon as it may be
    double most_s = 0;   ///< every case goes on to its limit
};

/// `pass_s` is the time of one pass of a typical case.
TimeEstimate estimate_time(std::size_t cases, double pass_s, const SweepOptions& options);

/// "between 4 min and 1 h 20 min" and the like.
std::string to_text(const TimeEstimate& estimate);

}  // namespace closet::bench
