#include "warp/writable_frames.h"

#include "core/error.h"

namespace closet {

void WritableFrames::make_writable(AVFrame& frame) {
    if (av_frame_is_writable(&frame) > 0) {
        return;
    }
    AvFrame copy = pool_.get(static_cast<AVPixelFormat>(frame.format), frame.width, frame.height);
    av_check(av_frame_copy(copy.get(), &frame), "cannot copy a decoded frame");
    av_check(av_frame_copy_props(copy.get(), &frame), "cannot copy a decoded frame");
    av_frame_unref(&frame);
    av_frame_move_ref(&frame, copy.get());
}

}  // namespace closet
