#include "bench/sweep/stopping.h"

#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet::bench {

void validate(const StoppingOptions& options) {
    if (options.min_repeats < 1) {
        throw ConfigError(fmt::format("--min-repeats {}: give at least 1", options.min_repeats));
    }
    if (options.max_repeats < options.min_repeats) {
        throw ConfigError(fmt::format("--max-repeats {} is less than --min-repeats {}",
                                      options.max_repeats, options.min_repeats));
    }
    if (!(options.min_time_s >= 0)) {
        throw ConfigError(fmt::format("--min-time {}: give 0 or more seconds", options.min_time_s));
    }
    if (!(options.max_time_s > 0) || options.max_time_s < options.min_time_s) {
        throw ConfigError(fmt::format("--max-time {}: give seconds, no less than --min-time {}",
                                      options.max_time_s, options.min_time_s));
    }
    if (!(options.relative_half_width > 0)) {
        throw ConfigError(
            fmt::format("--width {}: give a share above 0, as 0.02", options.relative_half_width));
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
