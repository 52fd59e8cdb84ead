#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/media_info.h"
#include "decode/libav_log.h"

namespace closet {

struct VideoDecoderOptions {
    int threads = 0;        ///< 0 chooses by the number of cores
    bool hardware = false;  ///< on the graphics card where there is one
    /// Every picture comes out as soon as its packet went in: threads share one picture instead of
    /// taking one each, and none is kept back. Only a stream with B-frames still waits for them:
    /// libav's MPEG-2 decoder would otherwise hand them out in the wrong order.
    bool low_delay = false;
};

/// libav's decoder of one video stream: packets in, pictures in display order out.
class VideoDecoder {
  public:
    /// Where the graphics card is wanted and cannot be had, one message says so and the CPU
    /// decodes. Throws MediaError.
    VideoDecoder(const MediaInfo& info, VideoDecoderOptions options);

    /// Hands in one packet, or null to drain. A damaged packet is counted and skipped.
    void send(const AVPacket* packet);

    /// The next picture, in system memory; nothing while it needs more packets or has ended.
    std::optional<AvFrame> receive();

    /// Packets and pictures that could not be decoded so far.
    std::int64_t damaged() const { return damaged_; }

    /// Complaints of the decoder so far, also about pictures that it could patch up.
    std::int64_t errors() const { return errors_.count(); }

  private:
    LibavErrorCount errors_;  ///< outlives the context
    AvCodecContext context_;
    bool draining_ = false;
    std::int64_t damaged_ = 0;
};

}  // namespace closet
