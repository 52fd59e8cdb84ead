#include "batch/key_frames.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {

KeyFrameClock::KeyFrameClock(std::optional<double> interval_s, std::optional<int> every)
    : interval_s_(every ? std::nullopt : interval_s), every_(every.value_or(1)) {
    if (interval_s && !(std::isfinite(*interval_s) && *interval_s >= 0.0)) {
        throw ConfigError(
            fmt::format("--interval {} is not a number of seconds from 0 on", *interval_s));
    }
    if (every_ < 1) {
        throw ConfigError(fmt::format("--every {} is not at least 1", every_));
    }
}

bool KeyFrameClock::is_key(const Frame& frame) {
    ++since_key_;
    const double now = frame.seconds();
    const bool restart = !last_s_ || frame.scene_start || now < *last_s_;
    const bool key = restart || is_due(frame);
    if (key) {
        since_key_ = 0;
    }
    if (key && interval_s_) {
        // Counted from when it was due and not from this frame, so that rounding to whole frames
        // does not stretch the interval; after a gap the missed ones are not made up for.
        due_s_ = restart ? now : due_s_;
        const double tolerance = half_duration(frame);
        const double missed = std::floor((now + tolerance - due_s_) / *interval_s_);
        due_s_ = *interval_s_ > 0.0 ? due_s_ + (std::max(0.0, missed) + 1.0) * *interval_s_ : now;
    }
    last_s_ = now;
    return key;
}

bool KeyFrameClock::is_due(const Frame& frame) {
    return interval_s_ ? frame.seconds() + half_duration(frame) >= due_s_ : since_key_ >= every_;
}

double KeyFrameClock::half_duration(const Frame& frame) const {
    if (frame.duration > 0) {
        return static_cast<double>(frame.duration) * av_q2d(frame.time_base) / 2.0;
    }
    return last_s_ ? std::max(0.0, frame.seconds() - *last_s_) / 2.0 : 0.0;
}

}  // namespace closet
