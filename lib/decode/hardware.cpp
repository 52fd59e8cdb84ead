#include "decode/hardware.h"

#include <fmt/format.h>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
}

#include "core/error.h"

namespace closet {
namespace {

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

HardwareDecoder find_cuda_decoder(AVCodecID codec_id) {
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
