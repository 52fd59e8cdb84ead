#pragma once

#include <cstdint>
#include <optional>

#include "decode/capture/capture.h"
#include "decode/capture/feed.h"

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
        const bool is_jump = time_us_ && (time <= *time_us_ || time > expected + kLongestGapUs);
        if (is_jump) {
            time = expected;
        }
        if (stamp_us) {
            shift_us_ = time - *stamp_us;
        }
        is_new_pass_ = false;
        time_us_ = time;
        last_duration_us_ = duration_us > 0 ? duration_us : kUsualDurationUs;
        return time;
    }

    /// The file begins again: its first picture follows the last one.
    void begin_again() { is_new_pass_ = true; }

  private:
    /// A longer pause than any slide show has is a damaged stamp; nobody waits for it.
    static constexpr std::int64_t kLongestGapUs = 10'000'000;
    static constexpr std::int64_t kUsualDurationUs = 40'000;  ///< 25 a second, as libav assumes

    std::optional<std::int64_t> time_us_;  ///< of the last picture
    std::int64_t shift_us_ = 0;            ///< from the file's stamps to this time
    std::int64_t last_duration_us_ = 0;
    bool is_new_pass_ = true;
};

/// A file or a filter graph in the place of a camera.
///
/// Note [Own rate]
/// The first picture is due when it is asked for, the others by their time stamps from there. The
/// time until one is due is used to decode the one behind it. A picture whose successor is due as
/// well is late: it is dropped, as a camera would have dropped it. But dropping saves no decoding:
/// where that alone is too slow for the file, it would never end. Then the picture at hand is given
/// out and the clock of the file is put back, until decoding keeps up again.
class Playback final : public Feed {
  public:
    Playback(const CaptureOptions& options, SourceKind kind, CaptureTally& tally,
             const std::stop_token& stop);

    std::optional<FedPicture> next(const std::stop_token& stop) override;
    const CapturedPicture& first() const override { return current_.value().picture; }

  private:
    struct Planned {
        CapturedPicture picture;
        std::int64_t time_us = 0;
        bool scene_start = false;
    };

    std::optional<Planned> decode(const std::stop_token& stop);
    void look_ahead(const std::stop_token& stop);
    bool catches_up(LiveClock::time_point begin, LiveClock::time_point now);
    LiveClock::time_point due(std::int64_t time_us) const;
    FedPicture hand_out(LiveClock::time_point captured);

    CaptureOptions options_;
    SourceKind kind_;
    CaptureTally& tally_;
    Wait wait_;
    std::unique_ptr<Connection> connection_;
    std::int64_t damaged_before_ = 0;  ///< in passes that are over
    Timeline timeline_;
    std::optional<Planned> current_, following_;
    bool ended_ = false;
    bool begins_ = true;         ///< a picture that begins the run or a pass of a loop
    bool pass_is_empty_ = true;  ///< no picture so far
    std::optional<LiveClock::time_point> origin_;  ///< when the time 0 was due, or would have been
    std::optional<LiveClock::time_point> first_;   ///< the first picture
    LiveClock::time_point handed_out_;             ///< the picture before
    bool is_slow_ = false;                         ///< decoding does not keep up
    int in_time_ = 0;                              ///< pictures in a row
    bool told_slow_ = false;
};

}  // namespace closet
