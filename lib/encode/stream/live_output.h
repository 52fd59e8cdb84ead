#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/frame.h"
#include "core/media_info.h"
#include "encode/encode_options.h"

namespace closet {

namespace flags {
inline constexpr const char* kOutput = "--output";
inline constexpr const char* kOutputFormat = "--output-format";
}  // namespace flags

struct LiveOutputOptions {
    /// "-" (standard output), a file, a loopback device (/dev/video9), an address (udp://,
    /// tcp://, srt://, rtmp://, ...), or "none".
    std::string target = "none";
    /// "y4m", "raw", or libav's name of a muxer; empty: y4m for "-", by the name for files, mpegts
    /// for addresses (flv for rtmp), v4l2 for devices.
    std::string format;
    /// Of encoded outputs. Without latency where the codec can: x264 gets tune=zerolatency, and
    /// preset veryfast where none is given.
    EncodeOptions encode{.preset = std::nullopt, .extra = {}};
    double rate = 30;  ///< frames a second to expect; y4m, raw and devices have no time stamps
    /// Ends waits on a peer or on the reader of a pipe soon (half a second) after it is requested;
    /// what can be written at once still is.
    std::stop_token stop{};
};
/// Of `target` and `format`; `encode` has its own.
std::vector<Option> options_of(LiveOutputOptions& options);

/// Where the frames of a live run go. Frames come upright or with their rotation, with growing time
/// stamps in any time base; they leave upright. The first one fixes the size: later ones of another
/// size are scaled into it, with black bars. For one thread.
class LiveOutput {
  public:
    virtual ~LiveOutput() = default;

    /// Puts out one frame and returns when the output has it: written, or handed to the encoder and
    /// what came out of that written. Throws MediaError.
    virtual void write(const Frame& frame) = 0;

    /// Ends the output in order; a file gets its final name. Throws MediaError.
    virtual void finish() = 0;

    virtual std::string describe() const = 0;  ///< "out.mp4, libx264", for messages
};

/// Opens nothing before the first frame where it need not, but checks all that can be known: throws
/// ConfigError (unknown format or codec, a device that is no output) or MediaError (not writable).
/// Files appear under their final name when finished, as those of Encode do.
std::unique_ptr<LiveOutput> open_live_output(const LiveOutputOptions& options);

/// The output "none": counts frames and drops them.
class DiscardOutput : public LiveOutput {
  public:
    void write(const Frame&) override { ++frames_; }
    void finish() override {}
    std::string describe() const override { return "none"; }
    std::int64_t frames() const { return frames_; }

  private:
    std::int64_t frames_ = 0;
};

}  // namespace closet
