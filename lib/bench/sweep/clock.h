#pragma once

#include <chrono>

namespace closet::bench {

/// Where the sweep takes the time from; tests have one that they move by hand.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    Clock(Clock&&) = delete;
    Clock& operator=(Clock&&) = delete;
    virtual ~Clock() = default;

    /// Seconds since some moment; never goes back.
    virtual double now_s() const = 0;
};

/// The system's steady clock.
class SteadyClock : public Clock {
  public:
    double now_s() const override {
        return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
            .count();
    }
};

}  // namespace closet::bench
