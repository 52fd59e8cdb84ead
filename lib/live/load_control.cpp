#include "live/load_control.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/median.h"

namespace closet {
namespace {

// Evidence of overload counts by how long it lasts, so that fast and slow networks are judged
// alike; but it takes two reports at least, since one slow call is no overload.
constexpr double kEvidenceTauS = 0.3;
constexpr double kMostOfOneReport = 0.5;
constexpr double kOverload = 0.6;  ///< from here on; 0.28 s of nothing else
/// A small overload makes a view give way only now and then: so it counts, too, which share did
/// over a longer time.
constexpr double kLossTauS = 1.5;
constexpr double kLossLeastS = 1;
constexpr double kMostLost = 0.1;
/// Time constant of what is known of the speed.
constexpr double kSpeedTauS = 0.6;

/// Share of the time that inference is to be busy. Lower ones leave views out for nothing, higher
/// ones let chance pile views up; between the two nothing is changed.
constexpr double kBusyAfterSlowing = 0.9;
constexpr double kBusyAfterHastening = 0.85;

constexpr double kLeastSlowing = 1.1;  ///< factors on the interval, in one step
constexpr double kMostSlowing = 2;
constexpr double kHastening = 0.8;
constexpr double kHasteningPauseS = 0.2;  ///< between steps down

/// A larger batch has to be faster by that factor, measured over so many full batches; one that was
/// not is not tried again for a while.
constexpr double kWorthIt = 1.1;
constexpr std::size_t kBatchesOfTrial = 3;
constexpr std::size_t kCallsBefore = 5;
constexpr double kForgetS = 30;

/// So long it has to be quiet before a step down; doubled each time when overload follows soon upon
/// steps down, so that a load at the edge does not swing.
constexpr double kQuietS = 0.5;
constexpr double kMostQuietS = 16;
constexpr double kSoonS = 5;

/// The share of what was known that a time makes obsolete.
double faded(double elapsed_s, double tau_s) {
    return 1 - std::exp(-elapsed_s / tau_s);
}

}  // namespace

void validate(const LoadLimits& limits) {
    if (limits.min_batch < 1 || limits.max_batch < limits.min_batch) {
        throw ConfigError("the batch of a live run needs 1 <= smallest <= largest, e.g. 1 and 5");
    }
    if (!(limits.min_interval_s > 0) || !(limits.max_interval_s >= limits.min_interval_s) ||
        !std::isfinite(limits.max_interval_s)) {
        throw ConfigError(
            "the interval of a live run needs 0 < smallest <= largest, in seconds, e.g. 0.04 and "
            "0.2");
    }
}

/// Note [Load control]
/// Overload is when views pile up over several reports, since more wait than a batch takes or some
/// gave way, or when a tenth of all give way over a second or more. Then the batch grows by one,
/// which stays where that is measured to be faster; where it cannot help, the interval grows to
/// what the measured speed allows. (AIMD backs off by a fixed factor since it does not know the
/// speed.) In quiet times both come back by small steps, each only when the measured load leaves
/// room for it. So nothing swings at a constant load.
struct LoadControl::State {
    State(const LoadLimits& allowed, bool may_adapt)
        : limits(allowed),
          adaptive(may_adapt),
          gain(static_cast<std::size_t>(allowed.max_batch) + 1, 1.0) {}

    /// Batch size and interval, as they are and as they become.
    struct Settings {
        int batch = 1;
        double interval_s = 0;
    };
    /// Sums over calls.
    struct Work {
        double calls = 0, views = 0, dropped = 0, busy_s = 0, time_s = 0;

        void fade(double elapsed_s, double tau_s) {
            const double kept = 1 - faded(elapsed_s, tau_s);
            *this = {kept * calls, kept * views, kept * dropped, kept * busy_s, kept * time_s};
        }
        void add(const BatchReport& report, double elapsed_s) {
            const auto taken = static_cast<double>(report.taken);
            ++calls;
            views += taken;
            // However many one slow call has cost, it says no more than that there was one.
            dropped += std::min(static_cast<double>(report.dropped), taken);
            busy_s += report.busy_s;
            time_s += elapsed_s;
        }
        /// Views a second, while busy.
        double speed() const { return busy_s > 0 ? views / busy_s : 0; }
        /// Share of the views that were dropped.
        double lost() const { return dropped > 0 ? dropped / (dropped + views) : 0; }
        double busy_share() const { return time_s > 0 ? std::min(busy_s / time_s, 1.0) : 0; }
    };
    /// A larger batch that has to show its worth.
    struct Trial {
        double speed_before = 0;
        std::vector<double> speeds;  ///< of full batches
    };

    void take_in(const BatchReport& report, Settings& now);
    void measure(const BatchReport& report, const Settings& now, double elapsed_s);
    void judge(Settings& now);
    void relieve(Settings& now);
    void slow_down(Settings& now);
    void hasten(Settings& now);
    void settle();
    /// When the same load comes in less time by `factor`, and batches are faster by `by_batches`.
    bool has_room(double factor, double by_batches = 1) const {
        return recent.busy_share() * factor <= kBusyAfterHastening * by_batches;
    }
    /// How much faster full batches are than those of late.
    double reserve(int batch) const {
        const double usual = std::round(recent.calls > 0 ? recent.views / recent.calls : 1);
        return gain_of(batch) / gain_of(std::min(static_cast<int>(usual), batch));
    }
    double gain_of(int batch) const { return gain[static_cast<std::size_t>(std::max(batch, 1))]; }

    const LoadLimits limits;
    const bool adaptive;
    std::optional<LiveClock::time_point> first, last;  ///< reports
    double now_s = 0;                                  ///< since the first report
    bool settling = false;       ///< the next report is of the settings before, in part
    double pressure = 0;         ///< 0..1, evidence of overload
    Work recent;                 ///< fades with the time constant of the speed
    Work since_change;           ///< of the settings, fades with that of losses
    double last_overload_s = 0;  ///< when views piled up last,
    double last_full_s = 0;      ///< a batch was full
    double last_hastening_s = -kSoonS;
    double quiet_s = kQuietS;    ///< how long it has to be quiet
    std::vector<double> speeds;  ///< of the last calls, views a second
    /// How much faster batches of a size were measured to be than those of the smallest.
    std::vector<double> gain;
    std::optional<Trial> trial;
    int useless_batch = 0;  ///< one that was tried in vain,
    double useless_until_s = 0;
};

void LoadControl::State::take_in(const BatchReport& report, Settings& now) {
    const double elapsed_s = last ? std::chrono::duration<double>(report.at - *last).count() : 0;
    first = first.value_or(report.at);
    last = report.at;
    if (elapsed_s <= 0) {
        return;
    }
    now_s = std::chrono::duration<double>(report.at - *first).count();
    measure(report, now, elapsed_s);
    if (trial && trial->speeds.size() == kBatchesOfTrial) {
        judge(now);
    }
    if (std::exchange(settling, false)) {
        return;
    }
    const bool quiet = now_s - last_overload_s >= (has_room(2) ? kQuietS : quiet_s);
    const bool loses = since_change.time_s >= kLossLeastS && since_change.lost() > kMostLost;
    if ((pressure >= kOverload || loses) && !trial) {
        relieve(now);
    } else if (quiet && now_s - last_hastening_s >= kHasteningPauseS) {
        trial.reset();  // its load is gone
        hasten(now);
    }
}

void LoadControl::State::measure(const BatchReport& report, const Settings& now, double elapsed_s) {
    const bool piled_up =
        report.dropped > 0 || report.waiting > static_cast<std::size_t>(now.batch);
    const bool full = report.taken >= static_cast<std::size_t>(now.batch);
    last_overload_s = piled_up ? now_s : last_overload_s;
    last_full_s = full ? now_s : last_full_s;
    if (!settling) {
        const double weight = std::min(faded(elapsed_s, kEvidenceTauS), kMostOfOneReport);
        pressure += weight * ((piled_up ? 1 : 0) - pressure);
        since_change.fade(elapsed_s, kLossTauS);
        since_change.add(report, elapsed_s);
    }
    recent.fade(elapsed_s, kSpeedTauS);
    recent.add(report, elapsed_s);
    const double speed = report.busy_s > 0 ? static_cast<double>(report.taken) / report.busy_s : 0;
    speeds.push_back(speed);
    if (speeds.size() > kCallsBefore) {
        speeds.erase(speeds.begin());
    }
    if (trial && full) {
        trial->speeds.push_back(speed);
    }
}

void LoadControl::State::judge(Settings& now) {
    const double ratio = upper_median(trial->speeds) / trial->speed_before;
    trial.reset();
    if (std::isfinite(ratio) && ratio >= kWorthIt) {
        const double reached = ratio * gain_of(now.batch - 1);
        std::fill(gain.begin() + now.batch, gain.end(), reached);
    } else {
        useless_batch = now.batch;
        useless_until_s = now_s + kForgetS;
        --now.batch;
        slow_down(now);
    }
}

void LoadControl::State::relieve(Settings& now) {
    const bool soon = now_s - last_hastening_s < kSoonS;
    quiet_s = std::clamp(soon ? 2 * quiet_s : quiet_s / 2, kQuietS, kMostQuietS);
    if (soon) {
        std::fill(gain.begin(), gain.end(), 1.0);  // it promised too much, perhaps by chance
    }
    const bool in_vain = now.batch + 1 == useless_batch && now_s < useless_until_s;
    if (now.batch < limits.max_batch && !in_vain) {
        trial = Trial{upper_median(speeds), {}};
        ++now.batch;
        settle();
    } else {
        slow_down(now);
    }
}

void LoadControl::State::slow_down(Settings& now) {
    const double speed = recent.speed();
    const double bearable_s = speed > 0 ? 1 / (kBusyAfterSlowing * speed) : 0;
    const double longer_s =
        std::clamp(bearable_s, kLeastSlowing * now.interval_s, kMostSlowing * now.interval_s);
    now.interval_s = std::min(longer_s, limits.max_interval_s);
    settle();
}

/// Towards the smallest interval, then towards the smallest batch.
void LoadControl::State::hasten(Settings& now) {
    if (now.interval_s > limits.min_interval_s) {
        const double shorter_s = std::max(kHastening * now.interval_s, limits.min_interval_s);
        if (!has_room(now.interval_s / shorter_s, reserve(now.batch))) {
            return;
        }
        now.interval_s = shorter_s;
    } else if (now.batch > limits.min_batch) {
        // A batch that is not filled may shrink; one that is would need more calls.
        const bool filled = now_s - last_full_s < kQuietS;
        if (filled && !has_room(now.batch / (now.batch - 1.0))) {
            return;
        }
        --now.batch;
    } else {
        return;
    }
    last_hastening_s = now_s;
    settle();
}

void LoadControl::State::settle() {
    settling = true;
    pressure = 0;
    since_change = {};
}

LoadControl::LoadControl(const LoadLimits& limits, bool adaptive)
    : state_((validate(limits), std::make_unique<State>(limits, adaptive))),
      batch_(adaptive ? limits.min_batch : limits.max_batch),
      interval_s_(limits.min_interval_s) {}

LoadControl::~LoadControl() = default;

void LoadControl::report(const BatchReport& report) {
    if (!state_->adaptive) {
        return;
    }
    State::Settings settings{batch(), interval_s()};
    state_->take_in(report, settings);
    batch_.store(settings.batch, std::memory_order_relaxed);
    interval_s_.store(settings.interval_s, std::memory_order_relaxed);
}

}  // namespace closet
