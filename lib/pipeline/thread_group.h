#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include "pipeline/stage_metrics.h"

namespace closet {

/// The threads of one run, which end together: the threads of a live run, and those of `Pipeline`.
/// A body that returns ends its own thread only. A stop is asked for by `stop`, by any of the
/// bodies too, or by an exception out of one; the first of those is kept for `wait`.
///
/// `add`, `wait` and the destructor are for the owner's thread, everything else is for any.
class ThreadGroup {
  public:
    using Clock = StageClock::Clock;
    /// Returns soon after a stop is requested. The clock's part timers are set up already, its
    /// processor time is sampled at the end; the rest of the counting is the body's.
    using Body = std::function<void(std::stop_token, StageClock&)>;

    ThreadGroup() = default;
    /// Stops and waits, and drops what `wait` would have thrown.
    ~ThreadGroup();
    ThreadGroup(const ThreadGroup&) = delete;
    ThreadGroup& operator=(const ThreadGroup&) = delete;
    ThreadGroup(ThreadGroup&&) = delete;
    ThreadGroup& operator=(ThreadGroup&&) = delete;

    /// Starts a thread, which `top -H` and debuggers show by its name. What `body` refers to must
    /// outlive the group.
    void add(std::string_view name, Body body);

    /// `close` is called once, as soon as a stop is asked for (now, if one was), on the thread that
    /// asks: it wakes those that wait where the stop token does not, and must not throw.
    void on_stop(std::function<void()> close);

    /// Asks all threads to end; does not wait.
    void stop() { stop_.request_stop(); }
    /// The same, because of `error`: `wait` throws it unless there was one before.
    void fail(std::exception_ptr error);
    bool stopping() const { return stop_.stop_requested(); }
    std::stop_token stop_token() const { return stop_.get_token(); }

    /// Waits until every thread has ended; rethrows the first exception of any.
    void wait();
    /// Waits at most `time` and tells whether every thread has ended.
    bool wait_for(Clock::duration time);
    /// True once every thread has ended, and without threads.
    bool finished() const { return alive_.load() == 0; }

    /// One entry a thread, in the order of `add`; live while they run.
    std::vector<StageMetrics> metrics() const;

  private:
    using Closer = std::stop_callback<std::function<void()>>;
    void run(const Body& body, StageClock& clock);

    std::stop_source stop_;
    std::atomic<std::size_t> alive_{0};
    mutable std::mutex mutex_;  ///< guards the error and the lists
    std::condition_variable ended_;
    std::exception_ptr error_;
    std::vector<std::unique_ptr<StageClock>> clocks_;
    std::vector<std::unique_ptr<Closer>> closers_;
    std::vector<std::jthread> threads_;
};

}  // namespace closet
