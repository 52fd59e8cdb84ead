#include "encode/upright.h"

#include <cstddef>
#include <string>
#include <utility>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/error.h"

namespace closet {

cv::Mat plane_view(const AVFrame& frame, int plane) {
    const AVPixFmtDescriptor& format =
        *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const bool is_chroma = (plane == 1 || plane == 2) && (format.flags & AV_PIX_FMT_FLAG_RGB) == 0;
    const int rows = is_chroma ? AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h) : frame.height;
    const int columns = is_chroma ? AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w) : frame.width;
    int bytes = 1;
    for (int i = 0; i < format.nb_components; ++i) {
        if (format.comp[i].plane == plane) {
            bytes = format.comp[i].step;
        }
    }
    const int type = bytes % 2 == 0 ? CV_16UC(bytes / 2) : CV_8UC(bytes);
    return {rows, columns, type, frame.data[plane],
            static_cast<std::size_t>(frame.linesize[plane])};
}

AVPixelFormat upright_format(AVPixelFormat format) {
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    if (descriptor == nullptr || descriptor->log2_chroma_w == descriptor->log2_chroma_h) {
        return format;
    }
    std::string name = descriptor->name;  // e.g. yuva422p12le
    constexpr std::size_t kLength = 3;
    if (const std::size_t at = name.find('4'); at != std::string::npos) {
        name.replace(at, kLength, "444");
    }
    const AVPixelFormat full = av_get_pix_fmt(name.c_str());
    return full != AV_PIX_FMT_NONE ? full : format;
}

AvFrame turn_upright(AvFrame source, Orientation orientation) {
    if (orientation.is_upright()) {
        return source;
    }
    const auto format = static_cast<AVPixelFormat>(source->format);
    AvFrame result = make_av_frame();
    result->format = format;
    const cv::Size shown = turned(cv::Size(source->width, source->height), orientation);
    result->width = shown.width;
    result->height = shown.height;
    av_check(av_frame_get_buffer(result.get(), 0), "cannot allocate a picture");
    av_check(av_frame_copy_props(result.get(), source.get()), "cannot copy a picture's properties");
    av_frame_remove_side_data(result.get(), AV_FRAME_DATA_DISPLAYMATRIX);
    if (orientation.swaps_sides() && source->sample_aspect_ratio.num > 0) {
        result->sample_aspect_ratio = av_inv_q(source->sample_aspect_ratio);
    }
    for (int i = 0; i < av_pix_fmt_count_planes(format); ++i) {
        cv::Mat target = plane_view(*result, i);
        turn_upright(plane_view(*source, i), orientation, target);
    }
    return result;
}

}  // namespace closet
