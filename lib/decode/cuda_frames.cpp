#include "decode/cuda_frames.h"

#include <dlfcn.h>
#include <fmt/format.h>

// NVIDIA's header is not needed for two names of opaque types.
#define CUDA_VERSION 0
using CUcontext = struct CUctx_st*;
using CUstream = struct CUstream_st*;
extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_cuda.h>
}

#include "core/device_picture.h"
#include "core/error.h"

namespace closet {
namespace {

const AVHWFramesContext& pool_of(const AVFrame& surface) {
    return *reinterpret_cast<const AVHWFramesContext*>(surface.hw_frames_ctx->data);
}

/// Pictures of odd size have chroma for whole pairs of pixels.
int even(int extent) {
    return extent + extent % 2;
}

}  // namespace

AvBuffer share_cuda_context(int number, std::string& reason) {
    // The driver; never closed, as LibTorch does not close it.
    void* const driver = dlopen("libcuda.so.1", RTLD_NOW);
    const auto call = [&]<class... Arguments>(const char* name, Arguments... arguments) {
        void* const found = driver != nullptr ? dlsym(driver, name) : nullptr;
        return found != nullptr &&
               reinterpret_cast<int (*)(Arguments...)>(found)(arguments...) == 0;
    };
    int card = 0;
    CUcontext context = nullptr;  // is kept for the whole process, as LibTorch keeps it
    if (!call("cuInit", 0U) || !call("cuDeviceGet", &card, number) ||
        !call("cuDevicePrimaryCtxRetain", &context, card)) {
        reason = fmt::format("no CUDA device {} could be opened", number);
        return nullptr;
    }
    AvBuffer device(av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_CUDA));
    if (device) {
        auto& all = *reinterpret_cast<AVHWDeviceContext*>(device->data);
        // Its stream is the default one, on which LibTorch paints: all work is done in order.
        static_cast<AVCUDADeviceContext*>(all.hwctx)->cuda_ctx = context;
    }
    const int code = device ? av_hwdevice_ctx_init(device.get()) : AVERROR(ENOSYS);
    if (code < 0) {
        reason = fmt::format("libav cannot use CUDA device {} ({})", number, av_error_text(code));
        return nullptr;
    }
    return device;
}

bool CudaFrames::takes(const AVFrame& decoded) {
    return decoded.format == AV_PIX_FMT_CUDA && decoded.hw_frames_ctx != nullptr &&
           may_be_on_device(format_on_card(decoded)) && decoded.crop_left == 0 &&
           decoded.crop_top == 0;
}

AvFrame CudaFrames::copy(const AVFrame& decoded) {
    constexpr const char* kWhat = "cannot keep a decoded frame on the graphics card";
    const AVHWFramesContext& from = pool_of(decoded);
    const int width = even(decoded.width), height = even(decoded.height);
    const auto* last = pool_ ? reinterpret_cast<const AVHWFramesContext*>(pool_->data) : nullptr;
    if (last == nullptr || last->width != width || last->height != height ||
        last->sw_format != from.sw_format) {
        pool_.reset(av_hwframe_ctx_alloc(from.device_ref));
        av_check(pool_ ? 0 : AVERROR(ENOMEM), kWhat);
        auto& pool = *reinterpret_cast<AVHWFramesContext*>(pool_->data);
        pool.format = AV_PIX_FMT_CUDA;
        pool.sw_format = from.sw_format;
        pool.width = width;
        pool.height = height;
        av_check(av_hwframe_ctx_init(pool_.get()), kWhat);
    }
    AvFrame copy = make_av_frame();
    av_check(av_hwframe_get_buffer(pool_.get(), copy.get(), 0), kWhat);
    const AvFrame source = reference(decoded);
    source->height = height;  // libav copies half as many rows of chroma, rounded down
    av_check(av_hwframe_transfer_data(copy.get(), source.get(), 0), kWhat);
    av_check(av_frame_copy_props(copy.get(), &decoded), kWhat);
    copy->width = decoded.width;
    copy->height = decoded.height;
    return copy;
}

AVPixelFormat format_on_card(const AVFrame& surface) {
    return pool_of(surface).sw_format;
}

}  // namespace closet
