#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include "core/frame.h"
#include "core/media_info.h"
#include "decode/capture/open_source.h"
#include "decode/video_decoder.h"

namespace closet {

/// Sleeps that a stop ends at once. For one thread.
class Wait {
  public:
    /// False where the stop came first.
    bool until(LiveClock::time_point due, const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, stop, due, [] { return false; });
        return !stop.stop_requested();
    }
    bool for_time(LiveClock::duration time, const std::stop_token& stop) {
        return until(LiveClock::now() + time, stop);
    }

  private:
    std::mutex mutex_;
    std::condition_variable_any wake_;  ///< nobody notifies it but the stop
};

/// A decoded picture with its stamps.
struct CapturedPicture {
    AvFrame image;
    LiveClock::time_point arrived;         ///< its packet: the kernel's stamp, or when it was read
    std::optional<std::int64_t> media_us;  ///< the source's own stamp
    std::int64_t duration_us = 0;          ///< of the picture or at the source's rate; 0 unknown
    std::shared_ptr<const MediaInfo> stream;  ///< as container or device describe it
};

/// One connection to a source, from its opening to its end: packets in, pictures out.
class Connection {
  public:
    /// Opens the source. Throws as `open_source` does, and MediaError where it has no video.
    Connection(const CaptureOptions& options, SourceKind kind, const std::stop_token& stop);

    /// Waits for the next picture; nothing at the end, or after a stop. Throws MediaError where a
    /// camera or a network goes away, says nothing for `timeout_s`, or says nothing that can be
    /// decoded for as long.
    std::optional<CapturedPicture> next(const std::stop_token& stop);

    /// Packets so far that the decoder complained about.
    std::int64_t damaged() const { return damaged_; }
    /// Pictures of a camera so far that a newer one stood behind already.
    std::int64_t late() const { return late_; }

  private:
    std::optional<AvPacket> read(const std::stop_token& stop, LiveClock::time_point begin);
    std::optional<AvPacket> read_camera(const std::stop_token& stop);
    [[noreturn]] void throw_gone(int code) const;
    void check_patience(LiveClock::time_point begin) const;
    void send(const AVPacket& packet);
    void note_damage();
    LiveClock::time_point when_to_ask_camera() const;
    void note_stamp_of_camera(const AVPacket& packet);
    LiveClock::time_point stamp_of_camera(const AVPacket& packet);
    LiveClock::time_point arrival_of(std::int64_t pts) const;
    CapturedPicture finish(AvFrame image);

    /// When the packet of a time stamp was there; the latest ones suffice, decoders reorder by 16
    /// pictures at most (H.264, H.265).
    struct Arrival {
        std::int64_t pts = AV_NOPTS_VALUE;
        LiveClock::time_point time;
    };

    CaptureOptions options_;
    SourceKind kind_;
    Wait wait_;
    OpenedSource source_;
    std::shared_ptr<const MediaInfo> stream_;
    VideoDecoder decoder_;
    bool intra_only_ = false;  ///< each packet is a picture for itself
    bool key_was_sent_ = false;
    bool drained_ = false;
    bool stamps_are_odd_ = false;
    std::array<Arrival, 32> arrivals_{};  ///< a ring of a power of two, so that the index may wrap
    std::size_t next_arrival_ = 0;
    LiveClock::time_point last_arrival_;
    LiveClock::duration last_step_{}, period_{};  ///< between two pictures of a camera
    std::int64_t complaints_ = 0;
    std::int64_t damaged_ = 0, late_ = 0;
};

}  // namespace closet
