#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "core/media_info.h"
#include "encode/encode.h"
#include "fit/fit_taps.h"
#include "warp/warp.h"

namespace closet {

namespace flags {
inline constexpr const char* kMatte = "--matte";
}

/// Writes the mattes of the frames that pass through, without loss: FFV1 with every frame a key
/// frame (PNG in .mov, which has no FFV1), or the one frame as a gray picture. They have the time
/// stamps, the shape of pixels and the orientation of their frames; sound and other streams stay
/// with the frames.
///
/// `sink` encodes what `matte_info` describes by `matte_options`; it is the caller's.
class MatteWriter {
  public:
    using Input = MattedFrame;
    using Output = Frame;
    static constexpr std::string_view kName = "save matte";

    explicit MatteWriter(AnySink& sink) : sink_(sink) {}

    /// Throws MediaError, on a full disk for one.
    void process(MattedFrame input, const Emit<Frame>& emit) {
        sink_.consume(std::move(input.matte));
        emit(std::move(input.frame));
    }
    void flush(const Emit<Frame>&) { sink_.finish(); }

  private:
    AnySink& sink_;
};

/// What describes the matte of a clip.
std::shared_ptr<const MediaInfo> matte_info(const MediaInfo& input);

/// How it is encoded. `threads` of the encoder; 0: its own choice. Throws ConfigError where the
/// path's ending names no file that holds gray without loss.
EncodeOptions matte_options(const std::filesystem::path& path, int threads);

}  // namespace closet
