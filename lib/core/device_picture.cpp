#include "core/device_picture.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/error.h"

namespace closet {

bool may_be_on_device(AVPixelFormat format) {
    return format == AV_PIX_FMT_NV12 || format == AV_PIX_FMT_P010LE;
}

void fetch(Frame& frame, FramePool& pool) {
    if (!frame.on_device) {
        return;
    }
    AVFrame& image = *frame.image;
    const auto format = static_cast<AVPixelFormat>(image.format);
    const AvFrame fetched = pool.get(format, image.width, image.height);
    av_check(av_frame_copy_props(fetched.get(), &image), "cannot copy a frame's properties");
    const int depth = format == AV_PIX_FMT_NV12 ? CV_8U : CV_16U;
    for (const int plane : {0, 1}) {
        cv::Mat samples(AV_CEIL_RSHIFT(image.height, plane), AV_CEIL_RSHIFT(image.width, plane),
                        CV_MAKETYPE(depth, 1 + plane), fetched->data[plane],
                        static_cast<std::size_t>(fetched->linesize[plane]));
        read_device_plane(frame, plane, samples.size(), samples);
    }
    av_frame_unref(&image);
    av_frame_move_ref(&image, fetched.get());
    frame.on_device = {};
    frame.count();
}

}  // namespace closet
