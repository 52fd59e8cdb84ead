#include "live/flow/load_control.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "core/error.h"

namespace closet {
namespace {

// Evidence of overload counts by how long it lasts, so that fast and slow networks are judged
// alike; but it takes two reports at least, since one slow call is no overload.
constexpr double kEvidenceTau_s = 0.3;
constexpr double kMostOfOneReport = 0.5;
constexpr double kOverload = 0.6;  ///< from here on; 0.28 s of nothing else
/// Time constant of what is known of the speed.
constexpr double kSpeedTau_s = 0.6;

/// Share of the time that inference is to be busy. Lower ones leave views out for nothing, higher
/// ones let chance pile views up; between the two nothing is changed.
constexpr double kBusyAfterSlowing = 0.9;
constexpr double kBusyAfterHastening = 0.85;

constexpr double kLeastSlowing = 1.1;  ///< factors on the interval, in one step
constexpr double kMostSlowing = 2;
constexpr double kHastening = 0.8;
constexpr double kHasteningPause_s = 0.2;  ///< between steps down

/// A larger batch has to be faster by that factor, measured over so many full batches; one that was
/// not is not tried again for a while.
constexpr double kWorthIt = 1.05;
constexpr int kBatchesOfTrial = 3;
constexpr double kForget_s = 30;

/// So long it has to be quiet before a step down; doubled each time when overload follows soon upon
/// steps down, so that a load at the edge does not swing.
constexpr double kQuiet_s = 0.5;
constexpr double kMostQuiet_s = 16;
constexpr double kSoon_s = 5;

double weight(double elapsed_s, double tau_s) {
    return 1 - std::exp(-elapsed_s / tau_s);
}

}  // namespace

void validate(const LoadLimits& limits) {
    if (limits.min_batch < 1 || limits.max_batch < limits.min_batch) {
        throw ConfigError(
            "the batch of a live run needs 1 <= smallest <= largest, e.g. --batch 5 and a smallest "
            "one of 1");
    }
    if (!(limits.min_interval_s >= 0) || !(limits.max_interval_s >= limits.min_interval_s) ||
        !std::isfinite(limits.max_interval_s)) {
        throw ConfigError(
            "the interval of a live run needs 0 <= smallest <= largest, in seconds, e.g. "
            "--interval 0.04 and a largest one of 0.2");
    }
}

/// Note [Load control]
/// Overload is when views pile up over several reports: more wait than a batch takes, or some gave
/// way. Then the batch grows by one, which stays where it makes inference faster; where it cannot
/// help, the interval grows at once to what the measured speed allows (so does AIMD, whose decrease
/// is multiplicative, but it does not know the speed). In quiet times both come back by small
/// steps, each of them only when the measured load says that there is room for it. What was
/// measured decides, not chance alone: at a constant load nothing swings.
struct LoadControl::State {
    State(const LoadLimits& limits_in, bool adaptive_in)
        : limits(limits_in), adaptive(adaptive_in) {}

    struct Settings {
        int batch = 1;
        double interval_s = 0;
    };
    /// A larger batch on trial.
    struct Trial {
        double rate_before = 0;  ///< views a second of busy time
        int batches = 0;
        double views = 0, busy_s = 0;
    };

    void measure(const BatchReport& report, const Settings& now, double elapsed_s);
    void relieve(Settings& now);
    void decide(const BatchReport& report, Settings& now);
    void judge(const BatchReport& report, Settings& now);
    void slow_down(Settings& now);
    bool hasten(Settings& now);
    void changed();
    /// Busy share to expect when as much came in a time shorter by `factor`.
    bool has_room(double factor) const { return busy * factor <= kBusyAfterHastening; }

    const LoadLimits limits;
    const bool adaptive;
    std::optional<double> last_s;  ///< when the last report was made
    double now_s = 0;
    bool fresh = true;      ///< the next report may still be of the settings before
    double pressure = 0;    ///< 0..1, evidence of overload
    double rate = 0;        ///< views a second of busy time; 0 unknown
    double busy = 0;        ///< share of the time
    double largest = 0;     ///< batches that were taken lately
    double quiet_since_s = 0, stepped_down_s = -kSoon_s;
    double quiet_s = kQuiet_s;
    std::optional<Trial> trial;
    int useless_batch = 0;  ///< one that was tried in vain; 0: none
    double useless_until_s = 0;
};

}  // namespace closet
