#pragma once

#include <cstdint>
#include <optional>

namespace closet {

/// The time of a file that is played as a camera: from 0, strictly growing, through loops and
/// through jumps in the file's own stamps.
class Timeline {
  public:
    /// Microseconds since the first picture. `stamp_us` unset: right behind the one before.
    std::int64_t place(std::optional<std::int64_t> stamp_us, std::int64_t duration_us) {
        const std::int64_t expected = time_us_ ? *time_us_ + last_duration_us_ : 0;
        std::int64_t time = expected;
        if (stamp_us && !is_new_pass_) {
            time = *stamp_us + shift_us_;
        }
        const bool is_jump = time_us_ && (time <= *time_us_ || time > expected + kLongestGap_us);
        if (is_jump) {
            time = expected;
        }
        if (stamp_us) {
            shift_us_ = time - *stamp_us;
        }
        is_new_pass_ = false;
        time_us_ = time;
        last_duration_us_ = duration_us > 0 ? duration_us : kUsualDuration_us;
        return time;
    }

    /// The file begins again: its first picture follows the last one.
    void begin_again() { is_new_pass_ = true; }

  private:
    /// A longer pause than any slide show has is a damaged stamp; nobody waits for it.
    static constexpr std::int64_t kLongestGap_us = 10'000'000;
    static constexpr std::int64_t kUsualDuration_us = 40'000;  ///< 25 a second, as libav assumes

    std::optional<std::int64_t> time_us_;  ///< of the last picture
    std::int64_t shift_us_ = 0;            ///< from the file's stamps to this time
    std::int64_t last_duration_us_ = 0;
    bool is_new_pass_ = true;
};

}  // namespace closet
