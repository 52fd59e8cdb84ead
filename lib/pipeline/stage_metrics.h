#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/part_clock.h"

namespace closet {

/// What one stage did in a run, in seconds and items. `busy + wait_input + wait_output` is about
/// the time that its thread lived.
struct StageMetrics {
    std::string name;
    double busy_s = 0;         ///< inside the stage's own code, waits for output excluded
    double cpu_s = 0;          ///< processor time of the stage's thread (not of a codec's threads)
    double wait_input_s = 0;   ///< waiting for the stage before
    double wait_output_s = 0;  ///< waiting for room in the queue behind
    std::int64_t items_in = 0;
    std::int64_t items_out = 0;
    std::size_t peak_queue = 0;   ///< most items that ever waited in front of the stage
    double first_item_s = 0;      ///< from the start of the run until the first item came in
    std::vector<PartTime> parts;  ///< those that were timed, see Note [Parts of stages]
};

/// The running totals of one stage: written by its thread, read by any.
class StageClock {
  public:
    using Clock = std::chrono::steady_clock;

    explicit StageClock(std::string_view name) : name_(name) {}

    void add_busy(Clock::duration time) { add(busy_, time); }
    void add_wait_input(Clock::duration time) { add(wait_input_, time); }
    void add_wait_output(Clock::duration time) { add(wait_output_, time); }
    void count_in() {
        if (items_in_.fetch_add(1, std::memory_order_relaxed) == 0) {
            add(first_item_, Clock::now() - start_);
        }
    }
    void count_out() { items_out_.fetch_add(1, std::memory_order_relaxed); }
    /// Takes over the calling thread's processor time; the stage's thread calls it from time to
    /// time.
    void sample_cpu();

    /// What the stage's part timers add to.
    PartTotals& parts() { return parts_; }

    std::int64_t items_in() const { return items_in_.load(std::memory_order_relaxed); }
    StageMetrics read() const;

  private:
    using Nanoseconds = std::atomic<std::int64_t>;
    static void add(Nanoseconds& total, Clock::duration time) {
        total.fetch_add(std::chrono::nanoseconds(time).count(), std::memory_order_relaxed);
    }

    std::string name_;
    Clock::time_point start_ = Clock::now();
    Nanoseconds busy_{0}, cpu_{0}, wait_input_{0}, wait_output_{0}, first_item_{0};
    std::atomic<std::int64_t> items_in_{0}, items_out_{0};
    PartTotals parts_;
};

/// In words, what kept the run from being faster: the processor as a whole when nearly all cores
/// were busy (`cpu_s` of processor time over `wall_s` on `cores`), else the busiest stage.
std::string describe_bottleneck(const std::vector<StageMetrics>& stages, double wall_s,
                                double cpu_s, unsigned cores);

}  // namespace closet
