#include "decode/video_decoder.h"

#include <algorithm>
#include <new>
#include <thread>

#include <fmt/format.h>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "core/log.h"

namespace closet {
namespace {

/// 16384 x 8192: above 8K video and 100 megapixel photographs, and 200 MB in yuv420p. A header that
/// claims more is refused before anything is allocated.
constexpr std::int64_t kMaxPixels = std::int64_t{1} << 27;

/// A decoder that answers a drain with this many errors in a row will not end by itself.
constexpr int kMaxDrainErrors = 1024;

bool supports_cuda(const AVCodec& codec) {
    for (int i = 0; const AVCodecHWConfig* config = avcodec_get_hw_config(&codec, i); ++i) {
        if (config->device_type == AV_HWDEVICE_TYPE_CUDA &&
            (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX) != 0) {
            return true;
        }
    }
    return false;
}

/// Takes the card's format when it is offered; otherwise the stream is one that the card cannot
/// decode, and libav's own choice decodes it on the CPU.
AVPixelFormat prefer_cuda(AVCodecContext* context, const AVPixelFormat* offered) {
    for (const AVPixelFormat* format = offered; *format != AV_PIX_FMT_NONE; ++format) {
        if (*format == AV_PIX_FMT_CUDA) {
            return *format;
        }
    }
    return avcodec_default_get_format(context, offered);
}

}  // namespace

// On few cores a second decoder thread gains nothing beside the encoder (docs/pipeline.md,
// measured on 2); on many the encoder is fast enough to need it. More than 8 only cost memory.
int automatic_decoder_threads(unsigned cores) {
    return static_cast<int>(std::clamp(cores / 4, 1U, 8U));
}

VideoDecoder::VideoDecoder(const MediaInfo& info, VideoDecoderOptions options) {
    const StreamInfo& stream = info.video();
    const AVCodecParameters& parameters = *stream.codec;
    if (std::int64_t{parameters.width} * parameters.height > kMaxPixels) {
        throw MediaError(
            fmt::format("cannot decode {}: {} x {} pixels are too many, scale it down first",
                        info.path, parameters.width, parameters.height));
    }
    const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
    HardwareDecoder card;
    if (options.hardware) {
        card = find_cuda_decoder(parameters.codec_id, options.stay_on);
        if (card.codec != nullptr) {
            codec = card.codec;
        } else {
            log::info("{}: decoding on the CPU, {}", info.path, card.reason);
        }
    }
    if (codec == nullptr) {
        throw MediaError(fmt::format("cannot decode {}: this build of libav has no decoder for {}",
                                     info.path, avcodec_get_name(parameters.codec_id)));
    }
    context_.reset(avcodec_alloc_context3(codec));
    if (!context_) {
        throw std::bad_alloc();
    }
    av_check(avcodec_parameters_to_context(context_.get(), &parameters),
             fmt::format("cannot decode {}", info.path));
    context_->pkt_timebase = stream.time_base;
    context_->thread_count = options.threads > 0
                                 ? options.threads
                                 : automatic_decoder_threads(std::thread::hardware_concurrency());
    if (options.low_delay) {
        context_->thread_type = FF_THREAD_SLICE;
        if (parameters.video_delay == 0) {
            context_->flags |= AV_CODEC_FLAG_LOW_DELAY;
        }
    }
    context_->max_pixels = kMaxPixels;
    errors_.watch(*context_);
    if (card.codec != nullptr) {
        use_hardware(*context_, card);
        if (options.stay_on) {
            staying_.emplace();
        }
    }
    forget_libav_error();
    const int code = avcodec_open2(context_.get(), codec, nullptr);
    if (code < 0) {
        throw MediaError(fmt::format("cannot decode {}: the {} decoder does not start, {}{}",
                                     info.path, codec->name, av_error_text(code),
                                     last_libav_error().empty() ? "" : ": " + last_libav_error()),
                         code);
    }
}

void VideoDecoder::send(const AVPacket* packet) {
    draining_ = draining_ || packet == nullptr;
    const int code = avcodec_send_packet(context_.get(), packet);
    if (code == AVERROR(ENOMEM)) {
        throw std::bad_alloc();
    }
    if (code < 0 && code != AVERROR_EOF) {
        ++damaged_;
    }
}

std::optional<AvFrame> VideoDecoder::receive() {
    AvFrame frame = make_av_frame();
    for (int errors = 0; errors < kMaxDrainErrors; ++errors) {
        const int code = avcodec_receive_frame(context_.get(), frame.get());
        if (code >= 0) {
            return staying_ && CudaFrames::takes(*frame) ? staying_->copy(*frame)
                                                         : to_system_memory(std::move(frame));
        }
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
            return std::nullopt;
        }
        if (code == AVERROR(ENOMEM)) {
            throw std::bad_alloc();
        }
        ++damaged_;
        if (!draining_) {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

HardwareDecoder find_cuda_decoder(AVCodecID codec_id, std::optional<Device> shared) {
    HardwareDecoder result;
    const AVCodec* found = nullptr;
    void* position = nullptr;
    while (const AVCodec* codec = av_codec_iterate(&position)) {
        if (found == nullptr && codec->id == codec_id && av_codec_is_decoder(codec) != 0 &&
            supports_cuda(*codec)) {
            found = codec;
        }
    }
    if (found == nullptr) {
        result.reason = fmt::format("this build of libav has no CUDA decoder for {}",
                                    avcodec_get_name(codec_id));
        return result;
    }
    if (shared) {
        result.device = share_cuda_context(shared->cuda, result.reason);
        result.codec = result.device ? found : nullptr;
        return result;
    }
    AVBufferRef* device = nullptr;
    const int code = av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_CUDA, nullptr, nullptr, 0);
    if (code < 0) {
        result.reason = fmt::format("no CUDA device could be opened ({})", av_error_text(code));
        return result;
    }
    result.device.reset(device);
    result.codec = found;
    return result;
}

void use_hardware(AVCodecContext& context, const HardwareDecoder& hardware) {
    context.hw_device_ctx = av_buffer_ref(hardware.device.get());
    context.get_format = prefer_cuda;
}

AvFrame to_system_memory(AvFrame frame) {
    const AVPixFmtDescriptor* format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
    if (format == nullptr || (format->flags & AV_PIX_FMT_FLAG_HWACCEL) == 0) {
        return frame;
    }
    AvFrame copy = make_av_frame();
    av_check(av_hwframe_transfer_data(copy.get(), frame.get(), 0),
             "cannot fetch a decoded frame from the graphics card");
    av_check(av_frame_copy_props(copy.get(), frame.get()), "cannot copy a frame's properties");
    return copy;
}

}  // namespace closet
