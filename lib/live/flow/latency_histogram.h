#pragma once

#include <cstdint>
#include <vector>

#include "core/captured_frame.h"
#include "live/flow/figures.h"

namespace closet {

/// How long things took, in fixed memory however many there are: the buckets are equal within each
/// power of two (after Tene's HdrHistogram), so that a quantile is off by at most 1 % from 10 us to
/// 100 s. Count, least, greatest and mean are exact. For one thread.
class LatencyHistogram {
  public:
    LatencyHistogram();

    /// Negative times count as 0, those beyond 100 s as 100 s in the quantiles.
    void add(LiveClock::duration time);
    void merge(const LatencyHistogram& other);
    void clear();

    std::int64_t count() const { return count_; }
    /// Milliseconds; the time that a share `quantile` (0..1) of all did not exceed; 0 without any.
    double quantile_ms(double quantile) const;
    LatencyFigures figures() const;

  private:
    std::vector<std::int64_t> buckets_;
    std::int64_t count_ = 0;
    std::int64_t min_ns_ = 0, max_ns_ = 0;
    double sum_ns_ = 0;
};

}  // namespace closet
