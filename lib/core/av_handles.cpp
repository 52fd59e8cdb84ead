#include "core/av_handles.h"

#include <new>

#include "core/error.h"

namespace closet {

void FreeOutput::operator()(AVFormatContext* context) const {
    if (context->pb != nullptr && (context->oformat->flags & AVFMT_NOFILE) == 0) {
        avio_closep(&context->pb);
    }
    avformat_free_context(context);
}

AvFrame make_av_frame() {
    AvFrame frame(av_frame_alloc());
    if (!frame) {
        throw std::bad_alloc();
    }
    return frame;
}

AvPacket make_av_packet() {
    AvPacket packet(av_packet_alloc());
    if (!packet) {
        throw std::bad_alloc();
    }
    return packet;
}

AvFrame reference(const AVFrame& source) {
    AvFrame frame = make_av_frame();
    av_check(av_frame_ref(frame.get(), &source), "cannot reference a decoded frame");
    return frame;
}

AvFrame without_pixels(const AVFrame& source) {
    AvFrame frame = make_av_frame();
    av_check(av_frame_copy_props(frame.get(), &source), "cannot copy a frame's properties");
    frame->format = source.format;
    frame->width = source.width;
    frame->height = source.height;
    return frame;
}

}  // namespace closet
