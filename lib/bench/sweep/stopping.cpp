#include "bench/sweep/stopping.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {

std::vector<Option> options_of(StoppingOptions& o) {
    const char* group = "Measuring";
    constexpr double kMostRepeats = 10000, kPercent = 100;
    return {
        {.names = flags::kMinRepeats,
         .group = group,
         .help = "passes of a case that count, at least",
         .value = &o.min_repeats,
         .range = {1, kMostRepeats}},
        {.names = flags::kMaxRepeats,
         .group = group,
         .help = "passes of a case, at most",
         .value = &o.max_repeats,
         .range = {1, kMostRepeats}},
        {.names = flags::kMinTime,
         .group = group,
         .help = "seconds measured of a case, at least",
         .value = &o.min_time_s,
         .range = kFromZero},
        {.names = flags::kMaxTime,
         .group = group,
         .help = "seconds measured of a case, at most",
         .value = &o.max_time_s,
         .range = kAboveZero},
        {.names = flags::kWidth,
         .group = group,
         .help = "a case is done when its interval is this narrow: half its width, percent",
         .value = [&o](double percent) { o.relative_half_width = percent / kPercent; },
         .range = kAboveZero,
         .standard = fmt::format("{:g}", o.relative_half_width * kPercent)},
    };
}

void validate(const StoppingOptions& options) {
    check_ranges_of(options);
    if (options.max_repeats < options.min_repeats) {
        throw ConfigError(fmt::format("{} {} is less than {} {}", flags::kMaxRepeats,
                                      options.max_repeats, flags::kMinRepeats,
                                      options.min_repeats));
    }
    if (options.max_time_s < options.min_time_s) {
        throw ConfigError(fmt::format("{} {} is less than {} {}", flags::kMaxTime,
                                      options.max_time_s, flags::kMinTime, options.min_time_s));
    }
    if (!(options.relative_half_width > 0)) {
        throw ConfigError(
            fmt::format("{} {} is not above 0", flags::kWidth, options.relative_half_width));
    }
}

NarrowInterval::NarrowInterval(const StoppingOptions& options, IntervalOf interval_of)
    : options_(options), interval_of_(std::move(interval_of)) {}

void NarrowInterval::do_initialize() {
    seconds_.clear();
    total_s_ = 0;
    reason_.reset();
}

void NarrowInterval::do_add_measurement(double seconds) {
    seconds_.push_back(seconds);
    total_s_ += seconds;
    const bool is_enough = seconds_.size() >= static_cast<std::size_t>(options_.min_repeats) &&
                           total_s_ >= options_.min_time_s;
    if (is_enough && interval_of_(seconds_).relative_half_width() <= options_.relative_half_width) {
        reason_ = StopReason::kNarrow;
    } else if (seconds_.size() >= static_cast<std::size_t>(options_.max_repeats) ||
               total_s_ >= options_.max_time_s) {
        reason_ = StopReason::kTime;
    }
}

}  // namespace closet::bench
