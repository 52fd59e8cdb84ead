#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/frame.h"

namespace closet {

/// Between which settings a live run may choose by itself.
struct LoadLimits {
    int min_batch = 1, max_batch = 5;                    ///< views in a call of the networks
    double min_interval_s = 0.04, max_interval_s = 0.2;  ///< between views
};

/// Throws ConfigError where a limit is out of range or not a number.
void validate(const LoadLimits& limits);

/// One call of the networks.
struct BatchReport {
    std::size_t waiting = 0;   ///< views that were there when it was put together, taken or not
    std::size_t taken = 0;     ///< views in it
    std::int64_t dropped = 0;  ///< views that gave way or grew stale since the last report
    double busy_s = 0;         ///< how long the call took
    LiveClock::time_point at;  ///< when it was done
};

/// Fits batch size and interval to what inference can do, by the views that pile up before it.
/// `report` is for the inference thread, the settings may be read from any.
class LoadControl {
  public:
    /// Not adaptive: the largest batch and the smallest interval for good. Throws as `validate`.
    LoadControl(const LoadLimits& limits, bool adaptive);
    ~LoadControl();
    LoadControl(const LoadControl&) = delete;
    LoadControl& operator=(const LoadControl&) = delete;
    LoadControl(LoadControl&&) = delete;
    LoadControl& operator=(LoadControl&&) = delete;

    void report(const BatchReport& report);

    int batch() const { return batch_.load(std::memory_order_relaxed); }
    double interval_s() const { return interval_s_.load(std::memory_order_relaxed); }

  private:
    struct State;
    std::unique_ptr<State> state_;
    std::atomic<int> batch_;
    std::atomic<double> interval_s_;
};

}  // namespace closet
