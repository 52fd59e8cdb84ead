#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "core/av_handles.h"

namespace closet {

/// How long to wait for somebody else: until a limit, or only little longer once a stop is
/// requested. Its address is handed to libav, hence not movable. For one thread.
class Patience {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Patience(std::stop_token stop) : stop_(std::move(stop)) {}
    ~Patience() = default;
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;
    Patience(Patience&&) = delete;
    Patience& operator=(Patience&&) = delete;

    /// A new wait, for ever where there is no limit.
    void begin(std::optional<Clock::duration> limit);
    /// True where the wait has to end. Waits after a stop share one short rest.
    bool is_over();
    bool is_stopped() const { return stop_.stop_requested(); }

    AVIOInterruptCB callback();

  private:
    std::stop_token stop_;
    Clock::time_point due_ = Clock::time_point::max();
    std::optional<Clock::time_point> due_after_stop_;
};

}  // namespace closet
