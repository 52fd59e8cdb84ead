#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/frame.h"

namespace closet::test {

/// A clock that only moves when it is told to.
struct FakeClock {
    LiveClock::time_point now{};

    static LiveClock::duration of(double seconds) {
        return std::chrono::duration_cast<LiveClock::duration>(
            std::chrono::duration<double>(seconds));
    }
    void advance(double seconds) { now += of(seconds); }
    double seconds() const { return std::chrono::duration<double>(now.time_since_epoch()).count(); }
};

/// A view of the moment at which it is queued.
struct TimedView {
    double at_s = 0;
};

/// A LatestQueue whose items come at known times: waiting moves the clock to them.
class ScriptedQueue {
  public:
    ScriptedQueue(FakeClock& clock, std::size_t capacity) : clock_(clock), capacity_(capacity) {}

    /// A view that comes at that time; in ascending order.
    void expect(double at_s) { coming_.push_back({at_s}); }

    std::optional<TimedView> pop(const std::stop_token& stop) {
        return pop_until(stop, LiveClock::time_point::max());
    }

    std::optional<TimedView> pop_until(const std::stop_token& stop,
                                       LiveClock::time_point deadline) {
        if (stop.stop_requested()) {
            return std::nullopt;
        }
        arrive();
        if (waiting_.empty() && !coming_.empty() && due(coming_.front()) <= deadline) {
            clock_.now = due(coming_.front());
            arrive();
        }
        if (waiting_.empty()) {
            if (deadline != LiveClock::time_point::max()) {
                clock_.now = std::max(clock_.now, deadline);
            }
            return std::nullopt;  // closed, where nothing is to come
        }
        const TimedView view = waiting_.front();
        waiting_.pop_front();
        return view;
    }

    std::vector<TimedView> take_all() {
        arrive();
        std::vector<TimedView> taken(waiting_.begin(), waiting_.end());
        waiting_.clear();
        return taken;
    }

    std::int64_t dropped() const { return dropped_; }

  private:
    static LiveClock::time_point due(const TimedView& view) {
        return LiveClock::time_point(FakeClock::of(view.at_s));
    }

    void arrive() {
        while (!coming_.empty() && due(coming_.front()) <= clock_.now) {
            if (waiting_.size() == capacity_) {
                waiting_.pop_front();
                ++dropped_;
            }
            waiting_.push_back(coming_.front());
            coming_.pop_front();
        }
    }

    FakeClock& clock_;
    std::size_t capacity_;
    std::deque<TimedView> coming_, waiting_;
    std::int64_t dropped_ = 0;
};

}  // namespace closet::test
