#include "encode/upright.h"

#include <utility>

#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include "core/error.h"

namespace closet {
namespace {

/// One plane as a matrix whose elements are whole pixels of `bytes` bytes.
cv::Mat plane(const AVFrame& frame, int index, const AVPixFmtDescriptor& format) {
    const bool is_chroma = (index == 1 || index == 2) && (format.flags & AV_PIX_FMT_FLAG_RGB) == 0;
    const int rows = is_chroma ? AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h) : frame.height;
    const int columns = is_chroma ? AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w) : frame.width;
    int bytes = 1;
    for (int i = 0; i < format.nb_components; ++i) {
        if (format.comp[i].plane == index) {
            bytes = format.comp[i].step;
        }
    }
    const int type = bytes % 2 == 0 ? CV_16UC(bytes / 2) : CV_8UC(bytes);
    return {rows, columns, type, frame.data[index],
            static_cast<std::size_t>(frame.linesize[index])};
}

cv::RotateFlags turn_of(int degrees) {
    return degrees == 90    ? cv::ROTATE_90_CLOCKWISE
           : degrees == 180 ? cv::ROTATE_180
                            : cv::ROTATE_90_COUNTERCLOCKWISE;
}

}  // namespace

AVPixelFormat upright_format(AVPixelFormat format) {
    switch (format) {
        case AV_PIX_FMT_YUV422P:
        case AV_PIX_FMT_YUV440P:
            return AV_PIX_FMT_YUV444P;
        case AV_PIX_FMT_YUVJ422P:
        case AV_PIX_FMT_YUVJ440P:
            return AV_PIX_FMT_YUVJ444P;
        default:
            return format;
    }
}

AvFrame turn_upright(AvFrame source, int degrees_clockwise) {
    if (degrees_clockwise == 0) {
        return source;
    }
    const auto format = static_cast<AVPixelFormat>(source->format);
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(format);
    const bool quarter = degrees_clockwise != 180;
    AvFrame result = make_av_frame();
    result->format = format;
    result->width = quarter ? source->height : source->width;
    result->height = quarter ? source->width : source->height;
    av_check(av_frame_get_buffer(result.get(), 0), "cannot allocate a picture");
    av_check(av_frame_copy_props(result.get(), source.get()), "cannot copy a picture's properties");
    av_frame_remove_side_data(result.get(), AV_FRAME_DATA_DISPLAYMATRIX);
    if (quarter && source->sample_aspect_ratio.num > 0) {
        result->sample_aspect_ratio = av_inv_q(source->sample_aspect_ratio);
    }
    for (int i = 0; i < av_pix_fmt_count_planes(format); ++i) {
        cv::Mat target = plane(*result, i, descriptor);
        cv::rotate(plane(*source, i, descriptor), target, turn_of(degrees_clockwise));
    }
    return result;
}

}  // namespace closet
