#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/frame.h"
#include "core/media_info.h"
#include "encode/encode_options.h"
#include "encode/mux.h"
#include "encode/unit_file.h"
#include "encode/video_encoder.h"

namespace closet {

/// A unit whose file is complete.
struct UnitDone {
    std::int64_t frames = 0;
    std::int64_t end_us = 0;  ///< where its last frame ends, on the input's clock
    std::string sha256;       ///< of its file
};

/// What a picture tells of itself: color, shape, fields, metadata; without pixels.
AvFrame properties_of(const AVFrame& picture);

/// Where a sequence of units goes.
struct UnitPlaces {
    /// The file of the unit that begins with this frame.
    std::function<std::filesystem::path(const Frame& first)> file_of;
    /// A unit is complete. `next`: the frame that begins the next one; null: the clip has ended.
    std::function<void(UnitDone done, const Frame* next)> ended;
    /// Time of the clip's first frame in microseconds, where frames do not begin with it.
    std::optional<std::int64_t> first_us{};
    /// Likewise, what that frame tells of itself, see `properties_of`: all units are encoded alike.
    std::shared_ptr<const AVFrame> like{};
    std::string working_ending{NewFileOptions().ending};  ///< of files that are not complete yet
};

/// The sink that encodes a clip in units (Note [Units]), cut at frames with `unit_start`. Packets
/// of other streams are dropped: whoever joins the units reads them again.
class EncodeUnits {
  public:
    using Input = Frame;
    static constexpr std::string_view kName = "encode";

    /// `output`: the file that the units will be joined to; it is not touched. Throws MediaError,
    /// ConfigError, also for a picture, which has one frame.
    EncodeUnits(const std::filesystem::path& output, std::shared_ptr<const MediaInfo> info,
                EncodeOptions options, UnitPlaces places);

    void consume(Frame frame);
    /// Ends the last unit. Throws MediaError where a frame got lost or the disk did not take
    /// everything.
    void finish();

    std::int64_t frames() const { return frames_; }

  private:
    void begin_unit(const Frame& frame);
    void end_unit(const Frame* next);
    void write_packets();

    std::shared_ptr<const MediaInfo> info_;
    EncodeOptions options_;
    UnitPlaces places_;
    Mux mux_;  ///< for its settings only: nothing is written
    std::optional<std::int64_t> origin_us_;
    std::optional<VideoEncoder> encoder_;
    std::optional<UnitWriter> file_;
    std::int64_t unit_frames_ = 0;  ///< of the unit at hand
    std::int64_t end_us_ = 0;       ///< see UnitDone
    std::int64_t frames_ = 0;
};

}  // namespace closet
