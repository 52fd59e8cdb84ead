#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "core/captured_frame.h"

namespace closet {

/// Sleeps that a stop ends at once. For one thread.
class Wait {
  public:
    /// False where the stop came first.
    bool until(LiveClock::time_point due, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, stop, due, [] { return false; });
        return !stop.stop_requested();
    }
    bool for_time(LiveClock::duration time, const std::stop_token& stop) {
        return until(LiveClock::now() + time, stop);
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any wake_;  ///< nobody notifies it but the stop
};

}  // namespace closet
