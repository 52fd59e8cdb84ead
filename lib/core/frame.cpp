#include "core/frame.h"

#include <new>

extern "C" {
#include <libavutil/imgutils.h>
}

#include "core/error.h"

namespace closet {
namespace {

/// Line alignment that suits every encoder's vector loads (libavcodec's STRIDE_ALIGN is 64 with
/// AVX-512), and bytes that such loads may touch behind the last line.
constexpr int kAlign = 64;
constexpr std::size_t kPadding = 64;

}  // namespace

Frame share_picture(const Frame& frame) {
    Frame shared;
    shared.index = frame.index;
    shared.pts = frame.pts;
    shared.duration = frame.duration;
    shared.time_base = frame.time_base;
    shared.orientation = frame.orientation;
    shared.scene_start = frame.scene_start;
    shared.unit_start = frame.unit_start;
    shared.image =
        frame.image->buf[0] != nullptr ? reference(*frame.image) : without_pixels(*frame.image);
    if (frame.on_device) {
        shared.on_device = {reference(*frame.on_device.surface), frame.on_device.device};
    }
    return shared;
}

std::size_t Frame::bytes() const {
    std::size_t sum = 0;
    for (const AvBuffer& piece : packed) {
        sum += piece->size;
    }
    const auto add = [&](const AVFrame& held) {
        for (const AVBufferRef* const buffer : held.buf) {
            sum += buffer != nullptr ? buffer->size : 0;
        }
    };
    add(*image);
    if (on_device) {
        add(*on_device.surface);
    }
    return sum;
}

AvFrame FramePool::get(AVPixelFormat format, int width, int height) {
    const int image_size = av_check(av_image_get_buffer_size(format, width, height, kAlign),
                                    "cannot allocate a picture");
    const std::size_t size = static_cast<std::size_t>(image_size) + kPadding;
    if (!pool_ || size != buffer_size_) {
        pool_.reset(av_buffer_pool_init(size, nullptr));
        buffer_size_ = size;
    }
    AvFrame frame = make_av_frame();
    frame->format = format;
    frame->width = width;
    frame->height = height;
    frame->buf[0] = pool_ ? av_buffer_pool_get(pool_.get()) : nullptr;
    if (frame->buf[0] == nullptr) {
        throw std::bad_alloc();
    }
    av_check(av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, format, width,
                                  height, kAlign),
             "cannot allocate a picture");
    frame->extended_data = frame->data;
    return frame;
}

}  // namespace closet
