#include "warp/writable_frames.h"

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

void WritableFrames::make_writable(AVFrame& frame) {
    if (av_frame_is_writable(&frame) > 0) {
        return;
    }
    const auto format = static_cast<AVPixelFormat>(frame.format);
    const int image_size =
        av_check(av_image_get_buffer_size(format, frame.width, frame.height, kAlign),
                 "cannot copy a decoded frame");
    const std::size_t size = static_cast<std::size_t>(image_size) + kPadding;
    if (!pool_ || size != buffer_size_) {
        pool_.reset(av_buffer_pool_init(size, nullptr));
        buffer_size_ = size;
    }
    AvFrame copy = make_av_frame();
    copy->format = frame.format;
    copy->width = frame.width;
    copy->height = frame.height;
    copy->buf[0] = pool_ ? av_buffer_pool_get(pool_.get()) : nullptr;
    if (copy->buf[0] == nullptr) {
        throw std::bad_alloc();
    }
    av_check(av_image_fill_arrays(copy->data, copy->linesize, copy->buf[0]->data, format,
                                  frame.width, frame.height, kAlign),
             "cannot copy a decoded frame");
    copy->extended_data = copy->data;
    av_check(av_frame_copy(copy.get(), &frame), "cannot copy a decoded frame");
    av_check(av_frame_copy_props(copy.get(), &frame), "cannot copy a decoded frame");
    av_frame_unref(&frame);
    av_frame_move_ref(&frame, copy.get());
}

}  // namespace closet
