#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/media_info.h"
#include "decode/libav_log.h"

namespace closet {

/// libav's decoder of one video stream: packets in, pictures in display order out.
class VideoDecoder {
  public:
    /// `threads` 0 chooses by the number of cores. `hardware` asks for the graphics card; where it
    /// cannot be had, one message says so and the CPU decodes. Throws MediaError.
    VideoDecoder(const MediaInfo& info, int threads, bool hardware);

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
