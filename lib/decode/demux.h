#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/media_info.h"
#include "decode/input.h"

namespace closet {

namespace flags {
inline constexpr const char* kStart = "--start";
inline constexpr const char* kEnd = "--end";
}  // namespace flags

/// The part of a clip that is wanted, in seconds after its beginning: start <= t < end.
struct TimeRange {
    std::optional<double> start_s{};  ///< unset: from the first frame
    std::optional<double> end_s{};    ///< unset: to the last frame
};

/// Reads the packets of one input: those of the video from a key frame before the range on, those
/// of the other streams where they lie within the range.
class Demux {
  public:
    /// Throws MediaError where the input cannot be opened, ConfigError for an impossible range.
    Demux(const std::string& path, TimeRange range);

    /// The next packet in file order; nothing at the end. A damaged end of the file ends it with a
    /// warning, as players do; a failing disk or network throws MediaError.
    std::optional<AvPacket> read();

    std::shared_ptr<const MediaInfo> info() const { return info_; }
    bool is_video(const AVPacket& packet) const {
        return static_cast<std::size_t>(packet.stream_index) == info_->video_stream;
    }

    /// Where reading begins after a seek: the time stamp of what the file calls a key frame.
    /// Nothing where reading begins with the file. See note [Exact start].
    std::optional<std::int64_t> entry() const { return entry_; }

    /// Begins again farther back, in the end with the file: what was read since was no good.
    void seek_farther();

    /// On which side of the range a time stamp lies, on the clock of the input.
    bool is_before_range(std::int64_t pts, AVRational time_base) const;
    bool is_behind_range(std::int64_t pts, AVRational time_base) const;
    bool is_behind_start(std::int64_t pts, AVRational time_base) const;

  private:
    std::optional<AvPacket> read_any();
    bool is_wanted(const AVPacket& packet) const;
    bool can_seek() const;
    bool seek_before(std::int64_t time_us);

    std::string path_;
    Input input_;
    std::shared_ptr<const MediaInfo> info_;
    std::optional<std::int64_t> start_us_, end_us_;  ///< on the clock of the input
    std::deque<AvPacket> read_ahead_;                ///< taken from the file to judge a seek
    std::optional<std::int64_t> entry_;              ///< in the time base of the video
    std::size_t seeks_ = 0;
};

/// The SMPTE time code that is `seconds` after `code` at `rate` frames a second, to the nearest
/// frame: drop frame where `code` is, and from 0 on again after 24 hours. Nothing where `code` is
/// not one or does not fit the rate.
std::optional<std::string> advance_time_code(const std::string& code, AVRational rate,
                                             double seconds);

/// Moves every time code that the tags of a clip or of its streams tell.
void advance_time_codes(MediaInfo& info, double seconds);

}  // namespace closet
