#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "bench/result/result.h"
#include "bench/sweep/case_runner.h"
#include "bench/sweep/stopping.h"

namespace closet::flags {
inline constexpr const char* kResume = "--resume";
inline constexpr const char* kBudget = "--budget";
inline constexpr const char* kProduct = "--product";
}  // namespace closet::flags

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

/// How a sweep is measured.
struct SweepOptions {
    StoppingOptions stopping;
    int warm_ups = 1;   ///< passes of a case in each process before one counts; kept and marked
    int processes = 1;  ///< process starts that take turns, a round each
    std::optional<double> budget_s;  ///< of the whole sweep, warm-ups included
};

std::vector<Option> options_of(SweepOptions& options);

/// Throws ConfigError naming the flag that cannot be used.
void validate(const SweepOptions& options);

/// Receives what a sweep has, while it grows. Calls come between passes, from the thread that runs
/// the sweep, never within measured time. What is thrown ends the sweep: see Outputs for sinks that
/// may fail.
class SweepSink {
  public:
    SweepSink() = default;
    SweepSink(const SweepSink&) = delete;
    SweepSink& operator=(const SweepSink&) = delete;
    SweepSink(SweepSink&&) = delete;
    SweepSink& operator=(SweepSink&&) = delete;
    virtual ~SweepSink() = default;

    /// Before the first pass; cases that were taken over are complete.
    virtual void started(const Sweep& sweep) = 0;
    /// `measured.samples.back()` is new.
    virtual void sample_taken(const Sweep& sweep, const Case& measured) = 0;
    /// `measured` will not change any more; its figures are filled in.
    virtual void case_done(const Sweep& sweep, const Case& measured) = 0;
    /// Every unfinished case had its turn.
    virtual void round_done(const Sweep& sweep) = 0;
    /// Nothing will change any more.
    virtual void finished(const Sweep& sweep) = 0;
};

/// Where a running sweep stands.
struct SweepProgress {
    std::string case_id;         ///< about to be measured
    std::size_t round = 0;       ///< 0..
    std::size_t cases = 0;       ///< all of the sweep
    std::size_t cases_done = 0;  ///< taken over, finished and failed ones
    double elapsed_s = 0;        ///< since the sweep began
    double remaining_s = 0;      ///< estimate, from passes so far; at most what the budget leaves
    std::int64_t samples = 0;    ///< taken in this run, warm-ups and failures included
};

/// What a sweep needs from outside. All but the first two may be empty.
struct SweepHooks {
    StartRunner start;       ///< called once for each process start, when it is first needed
    IntervalOf interval_of;  ///< what the stopping rule looks at
    std::function<void(Case&)> summarize;  ///< fills the figures of a case that has good samples
    std::function<bool()> interrupted;     ///< asked before and after each pass
    std::function<void(const SweepProgress&)> progress;  ///< before each pass
    SweepSink* sink = nullptr;                           ///< not owned
};

/// Samples of one case that may fail before the case does.
inline constexpr int kMaximumFailures = 3;

/// Measures the unfinished cases of `sweep` in place, in rounds: each round every case that needs
/// more has one pass, in random order from `sweep.context.seed`, after the warm-ups that are due. A
/// case's n-th pass belongs to process start n mod `processes`; all of them stay alive, so that
/// drift does not pass for a difference between starts. Samples that unfinished cases hold are
/// dropped.
///
/// A pass whose work differs from the case's first good one is kept as a failure with a sentence. A
/// case that throws, or fails kMaximumFailures times, becomes failed and the rest goes on; the
/// process start in which it threw is given up and a new one takes its place.
///
/// With a budget each case is entitled to an equal share of the time; what cases leave over goes to
/// the others. No pass is begun that is known to end after the budget. A case without a good sample
/// says why in `failure`.
///
/// Throws ConfigError for options that cannot be used; what the sink or a hook throws comes
/// through.
void run_sweep(Sweep& sweep, const SweepOptions& options, const SweepHooks& hooks,
               const Clock& clock);

}  // namespace closet::bench
