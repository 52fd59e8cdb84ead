#pragma once

#include <filesystem>
#include <string_view>

#include "core/media_info.h"
#include "encode/encode.h"
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
///     process(frame) ... -> flush() -> file().publish() or file().keep()
class MatteWriter {
  public:
    using Input = MattedFrame;
    using Output = Frame;
    static constexpr std::string_view kName = "save matte";

    /// `input` describes the clip. `threads` of the encoder; 0: its own choice. Throws ConfigError
    /// where the path's ending names no file that holds gray without loss, MediaError where the
    /// file cannot be written or is the input.
    MatteWriter(const std::filesystem::path& path, const MediaInfo& input, int threads);

    /// Throws MediaError, on a full disk for one.
    void process(MattedFrame input, const Emit<Frame>& emit);
    void flush(const Emit<Frame>&) { encode_.finish(); }

    NewFile& file() { return encode_.file(); }

  private:
    Encode encode_;
};

}  // namespace closet
