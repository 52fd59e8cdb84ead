#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "bench/result/result.h"
#include "core/option.h"

namespace closet::flags {
inline constexpr const char* kMinRepeats = "--min-repeats";
inline constexpr const char* kMaxRepeats = "--max-repeats";
inline constexpr const char* kMinTime = "--min-time";
inline constexpr const char* kMaxTime = "--max-time";
inline constexpr const char* kWidth = "--width";
}  // namespace closet::flags

namespace closet::bench {

/// When a case has been measured enough.
struct StoppingOptions {
    int min_repeats = 5;
    double min_time_s = 0.5;   ///< measured time that a case needs at least
    int max_repeats = 100;     ///< a case ends here, narrow or not
    double max_time_s = 60.0;  ///< as well here, even before min_repeats, but not before one sample
    double relative_half_width = 0.02;  ///< of the interval that counts as narrow, 0.02 is 2 %
};

std::vector<Option> options_of(StoppingOptions& options);

/// Throws ConfigError naming the flag that cannot be used.
void validate(const StoppingOptions& options);

/// Decides after each measurement of one case whether to go on.
class StoppingCriterion {
  public:
    StoppingCriterion() = default;
    StoppingCriterion(const StoppingCriterion&) = delete;
    StoppingCriterion& operator=(const StoppingCriterion&) = delete;
    StoppingCriterion(StoppingCriterion&&) = delete;
    StoppingCriterion& operator=(StoppingCriterion&&) = delete;
    virtual ~StoppingCriterion() = default;

    /// Forgets all measurements.
    void initialize() { do_initialize(); }
    /// Wall time of one pass that counts, seconds.
    void add_measurement(double seconds) { do_add_measurement(seconds); }
    /// Whether the case has been measured enough.
    bool is_finished() const { return reason().has_value(); }
    /// Why it is finished; nothing while it is not.
    std::optional<StopReason> reason() const { return do_reason(); }

  private:
    virtual void do_initialize() = 0;
    virtual void do_add_measurement(double seconds) = 0;
    virtual std::optional<StopReason> do_reason() const = 0;
};

/// The interval around the typical value of measured seconds: stats' bootstrap_median, say.
using IntervalOf = std::function<Estimate(std::span<const double> seconds)>;

/// kNarrow when the interval is narrow after the minimum of repeats and time; kTime at the maximum
/// of repeats or time.
class NarrowInterval : public StoppingCriterion {
  public:
    NarrowInterval(const StoppingOptions& options, IntervalOf interval_of);

  private:
    void do_initialize() override;
    void do_add_measurement(double seconds) override;
    std::optional<StopReason> do_reason() const override { return reason_; }

    StoppingOptions options_;
    IntervalOf interval_of_;
    std::vector<double> seconds_;
    double total_s_ = 0;
    std::optional<StopReason> reason_;
};

}  // namespace closet::bench
