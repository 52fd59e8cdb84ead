#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace closet {

/// Note [Parts of stages]
/// What stages spend their time on, finer than by stage and under names that outlive a change of
/// the stages. A `PartTimer` on the stack of the code in question is all it takes: it adds to the
/// stage whose thread runs, which `Pipeline` and `run_serial` tell it through a `PartScope`. Where
/// none is set (tests, worker threads) a timer does nothing, not even look at the clock.
///
/// The times are wall times on the stage's own thread. A timer stands still while one inside it
/// runs, while the stage waits for room behind it, and, in a serial run, while a later stage runs.
/// So the parts of a stage add up to no more than its `busy_s`, but for `kBatchWait`, which is time
/// that frames spend and not the stage.
enum class Part {
    kBatchWait,    ///< from the first frame of a batch until the batch is full
    kDownscale,    ///< a key frame made into the view that inference sees
    kPack,         ///< frames packed while they wait, and unpacked
    kNetwork,      ///< calls of networks as waited for: crops, the networks, reading their outputs
    kUpscale,      ///< keypoints back to frame pixels, sides and boxes
    kInterpolate,  ///< poses and silhouettes of the frames between key frames
    kResize,       ///< the garment made smaller, where no kept one fits
    kAffine,       ///< the garment laid onto the body, whichever warp does it
    kOcclusion,    ///< hands, hair and face in front of the garment, its shadow
    kLight,        ///< the garment's colors fitted to the scene
    kBlend,        ///< frames made writable and painted, the matte
    kSkeleton,     ///< the poses drawn
};
inline constexpr std::size_t kPartCount = static_cast<std::size_t>(Part::kSkeleton) + 1;

/// "batch wait", "downscale" and so on.
std::string_view to_string(Part part);

/// What one part of a stage took in a run.
struct PartTime {
    std::string name;
    double total_s = 0;
    std::int64_t calls = 0;
};

/// The running totals of a stage's parts: written by its thread, read by any.
class PartTotals {
  public:
    using Clock = std::chrono::steady_clock;

    void add(Part part, Clock::duration time) {
        Total& total = totals_[static_cast<std::size_t>(part)];
        total.nanoseconds.fetch_add(std::chrono::nanoseconds(time).count(),
                                    std::memory_order_relaxed);
        total.calls.fetch_add(1, std::memory_order_relaxed);
    }

    /// The parts that were called, in the order of `Part`.
    std::vector<PartTime> read() const;

  private:
    struct Total {
        std::atomic<std::int64_t> nanoseconds{0}, calls{0};
    };
    std::array<Total, kPartCount> totals_{};
};

/// Adds the time from here to the end of the block to a part. See Note [Parts of stages].
class PartTimer {
  public:
    explicit PartTimer(Part part);
    ~PartTimer();
    PartTimer(const PartTimer&) = delete;
    PartTimer& operator=(const PartTimer&) = delete;
    PartTimer(PartTimer&&) = delete;
    PartTimer& operator=(PartTimer&&) = delete;

  private:
    friend class PartScope;
    using Clock = PartTotals::Clock;
    void stop(Clock::time_point now) { spent_ += now - since_; }

    Part part_;
    PartTotals* totals_;  ///< null: nobody measures
    PartTimer* outer_ = nullptr;
    Clock::time_point since_;
    Clock::duration spent_{};
};

/// Until its end, the timers of the calling thread add to `totals` (null: nowhere), and those that
/// were running stand still.
class PartScope {
  public:
    explicit PartScope(PartTotals* totals);
    ~PartScope();
    PartScope(const PartScope&) = delete;
    PartScope& operator=(const PartScope&) = delete;
    PartScope(PartScope&&) = delete;
    PartScope& operator=(PartScope&&) = delete;

  private:
    PartTotals* totals_before_;
    PartTimer* timer_before_;
};

/// A part that begins in one call of a stage and ends in another.
class PartWait {
  public:
    explicit PartWait(Part part) : part_(part) {}
    void begin();
    /// Adds the time since `begin`; does nothing without one.
    void end();

  private:
    Part part_;
    std::optional<PartTotals::Clock::time_point> since_;
};

}  // namespace closet
