#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/av_compat.h"
#include "core/av_handles.h"
#include "core/device.h"
#include "core/media_info.h"
#include "decode/cuda_frames.h"
#include "decode/libav_log.h"

namespace closet {

/// Time stamps beyond this come from damaged files; arithmetic on them would overflow.
inline constexpr std::int64_t kMaxTimestamp = std::int64_t{1} << 60;

/// In the stream's time base, 0 where unknown.
inline std::int64_t duration_of(const AVFrame& image) {
    const std::int64_t duration = raw_duration(image);
    return duration > 0 && duration < kMaxTimestamp ? duration : 0;
}

/// True where nothing before this picture is needed to decode it and what follows. HEVC has
/// pictures of one kind (I) that others reach across.
inline bool is_key_picture(const AVFrame& image, AVCodecID codec) {
    return is_marked_key(image) ||
           (image.pict_type == AV_PICTURE_TYPE_I && codec != AV_CODEC_ID_HEVC);
}

/// How many threads a decoder has where nobody says, beside an encoder on so many cores.
int automatic_decoder_threads(unsigned cores);

struct VideoDecoderOptions {
    int threads = 0;                  ///< 0 chooses by the number of cores
    bool hardware = false;            ///< on the graphics card where there is one
    std::optional<Device> stay_on{};  ///< and pictures stay on this one, if they may
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

    /// The next picture, in system memory or, if it is one that CudaFrames takes and is to stay
    /// there, in a surface of the card; nothing while it needs more packets or has ended.
    std::optional<AvFrame> receive();

    /// Packets and pictures that could not be decoded so far.
    std::int64_t damaged() const { return damaged_; }

    /// Complaints of the decoder so far, also about pictures that it could patch up.
    std::int64_t errors() const { return errors_.count(); }

  private:
    LibavErrorCount errors_;  ///< outlives the context
    std::optional<CudaFrames> staying_;
    AvCodecContext context_;
    bool draining_ = false;
    std::int64_t damaged_ = 0;
};

/// A decoder that runs on an NVIDIA card, or the reason why there is none.
struct HardwareDecoder {
    const AVCodec* codec = nullptr;  ///< null where not available
    AvBuffer device;                 ///< AVHWDeviceContext
    std::string reason;              ///< for the user, where `codec` is null
};

/// Looks for a decoder of `codec_id` with CUDA support and opens the first CUDA device, or `shared`
/// in the context that LibTorch uses. Never throws: without hardware the caller decodes on the CPU.
HardwareDecoder find_cuda_decoder(AVCodecID codec_id, std::optional<Device> shared = {});

/// Makes an unopened decoder context use the device. Frames come as AV_PIX_FMT_CUDA where the card
/// takes the stream, else in system memory.
void use_hardware(AVCodecContext& context, const HardwareDecoder& hardware);

/// The frame itself, or its copy in system memory where it is a hardware surface. Keeps properties.
AvFrame to_system_memory(AvFrame frame);

}  // namespace closet
