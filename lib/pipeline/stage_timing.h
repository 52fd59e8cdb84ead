#pragma once

#include <utility>

#include "pipeline/stage_metrics.h"

namespace closet {

/// Counts the time until its end as the stage's own work, and samples the thread's processor time.
class BusyTimer {
  public:
    explicit BusyTimer(StageClock& clock) : clock_(clock) {}
    ~BusyTimer() {
        clock_.add_busy(StageClock::Clock::now() - start_ - waited_);
        clock_.sample_cpu();
    }
    BusyTimer(const BusyTimer&) = delete;
    BusyTimer& operator=(const BusyTimer&) = delete;
    BusyTimer(BusyTimer&&) = delete;
    BusyTimer& operator=(BusyTimer&&) = delete;

    /// So much of it was not work.
    void waited(StageClock::Clock::duration time) { waited_ += time; }

  private:
    StageClock& clock_;
    StageClock::Clock::time_point start_ = StageClock::Clock::now();
    StageClock::Clock::duration waited_{};
};

/// Calls `take`, which gives an item or nothing, and counts the time as waiting for input and what
/// it gives as one item in.
template <class Take>
auto await_input(StageClock& clock, Take&& take) {
    const auto start = StageClock::Clock::now();
    auto item = std::forward<Take>(take)();
    clock.add_wait_input(StageClock::Clock::now() - start);
    if (item) {
        clock.count_in();
    }
    return item;
}

}  // namespace closet
