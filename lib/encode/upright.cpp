#include "encode/upright.h"

#include <string>
#include <utility>

#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/error.h"
#include "encode/plane_view.h"

namespace closet {
namespace {

cv::RotateFlags turn_of(int degrees) {
    return degrees == 90    ? cv::ROTATE_90_CLOCKWISE
           : degrees == 180 ? cv::ROTATE_180
                            : cv::ROTATE_90_COUNTERCLOCKWISE;
}

}  // namespace

AVPixelFormat upright_format(AVPixelFormat format) {
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    if (descriptor == nullptr || descriptor->log2_chroma_w == descriptor->log2_chroma_h) {
        return format;
    }
    std::string name = descriptor->name;  // e.g. yuva422p12le
    constexpr std::size_t kLength = 3;
    if (const std::size_t at = name.find_first_of("4"); at != std::string::npos) {
        name.replace(at, kLength, "444");
    }
    const AVPixelFormat full = av_get_pix_fmt(name.c_str());
    return full != AV_PIX_FMT_NONE ? full : format;
}

AvFrame turn_upright(AvFrame source, int degrees_clockwise) {
    if (degrees_clockwise == 0) {
        return source;
    }
    const auto format = static_cast<AVPixelFormat>(source->format);
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
        cv::Mat target = plane_view(*result, i);
        cv::rotate(plane_view(*source, i), target, turn_of(degrees_clockwise));
    }
    return result;
}

}  // namespace closet
