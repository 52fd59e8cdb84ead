#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include "bench/probe/poses_digest.h"
#include "bench/result.h"
#include "fit/fit.h"

namespace closet::bench {

/// Collects from the taps of one pass what a report does not tell. Must outlive the pass.
class SampleMeter {
  public:
    FitTaps taps();

    /// The sample of the pass that ended with `report`, without memory and GPU.
    Sample sample(const FitReport& report) const;

  private:
    using Clock = std::chrono::steady_clock;
    void begin(const Frame& frame);
    void end(const Frame& frame);

    std::mutex mutex_;                      ///< guards `begun_`: source and sink are two threads
    std::vector<Clock::time_point> begun_;  ///< by number of frame
    std::vector<float> latency_ms_;
    PosesDigest digest_;
};

}  // namespace closet::bench
