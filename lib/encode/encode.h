#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "core/frame.h"
#include "core/media_info.h"
#include "encode/encode_options.h"
#include "encode/mux.h"
#include "encode/video_encoder.h"

namespace closet {

/// The sink of `--encoder none`: counts frames and drops them.
class Discard {
  public:
    using Input = Frame;
    static constexpr std::string_view kName = "discard";

    void consume(const Frame&) { ++frames_; }
    void finish() {}
    std::int64_t frames() const { return frames_; }

  private:
    std::int64_t frames_ = 0;
};

/// The sink that writes a clip: encodes the frames and hands back everything else of the input as
/// it was: time stamps, rotation, colors, aspect ratio, metadata, chapters, and the packets of
/// the other streams byte for byte.
///
///     consume(frame) ... -> finish() -> file().publish() or file().keep()
///
/// The file is complete and playable after `finish`, also where that came early; Note [New files].
class Encode {
  public:
    using Input = Frame;
    static constexpr std::string_view kName = "encode";

    /// Checks all that can be known before the first frame: the target is writable and not the
    /// input, its ending names a container, codec and options exist. Throws MediaError,
    /// ConfigError.
    Encode(const std::filesystem::path& output, std::shared_ptr<const MediaInfo> info,
           const EncodeOptions& options = {});

    void consume(Frame frame);

    /// Writes what the encoder still holds and ends the file. Throws MediaError where a frame got
    /// lost or the disk did not take everything.
    void finish();

    NewFile& file() { return *mux_.file(); }

    std::int64_t frames() const { return frames_; }

  private:
    void write_packets();

    std::shared_ptr<const MediaInfo> info_;
    Mux mux_;
    VideoEncoder encoder_;
    std::int64_t origin_us_ = 0;  ///< of the input's clock; 0 in the output
    std::int64_t frames_ = 0;
    std::int64_t packets_ = 0;
};

}  // namespace closet
