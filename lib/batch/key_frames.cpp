#include "batch/key_frames.h"

#include <algorithm>
#include <cmath>

namespace closet {

KeyFrameClock::KeyFrameClock(double interval_s, std::optional<int> every)
    : interval_s_(interval_s), every_(every) {}

bool KeyFrameClock::is_key(const Frame& frame, bool begins_scene) {
    ++since_key_;
    const double now = frame.seconds();
    const bool restart = !last_s_ || begins_scene || now < *last_s_;
    const bool key = restart || is_due(frame);
    if (key) {
        since_key_ = 0;
    }
    if (key && !every_) {
        // Counted from when it was due and not from this frame, so that rounding to whole frames
        // does not stretch the interval; after a gap the missed ones are not made up for.
        due_s_ = restart || interval_s_ <= 0.0 ? now : due_s_;
        if (interval_s_ > 0.0) {
            const double missed = std::floor((now + half_duration(frame) - due_s_) / interval_s_);
            due_s_ += (std::max(0.0, missed) + 1.0) * interval_s_;
        }
    }
    last_s_ = now;
    return key;
}

bool KeyFrameClock::is_due(const Frame& frame) const {
    return every_ ? since_key_ >= *every_ : frame.seconds() + half_duration(frame) >= due_s_;
}

/// Half of how long the frame is shown, seconds. Where it does not say, the one before tells, but
/// for no more than the interval: a source may have paused between them.
double KeyFrameClock::half_duration(const Frame& frame) const {
    if (frame.duration > 0) {
        return static_cast<double>(frame.duration) * av_q2d(frame.time_base) / 2.0;
    }
    return last_s_ ? std::clamp(frame.seconds() - *last_s_, 0.0, interval_s_) / 2.0 : 0.0;
}

}  // namespace closet
