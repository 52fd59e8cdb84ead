#include "encode/stream/fit_to_size.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <utility>

#include <opencv2/core/types.hpp>

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "core/error.h"
#include "core/picture_geometry.h"

namespace closet {
namespace {

/// Bilinear is enough for a picture that changes its size on the fly.
constexpr int kFlags = SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

bool same(const PixelLayout& a, const PixelLayout& b) {
    return a.format == b.format && a.matrix == b.matrix && a.range == b.range;
}

/// The largest area of the canvas with the shape that the picture is shown in, in its middle. Its
/// corner lies on a whole chroma sample.
cv::Rect area_of(const AVFrame& picture, const Canvas& canvas) {
    const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(canvas.layout.format);
    const double shape =
        picture.width * pixel_aspect(picture) / (picture.height * canvas.pixel_aspect);
    const double by_width = canvas.width / shape;
    cv::Rect area(0, 0, canvas.width, canvas.height);
    if (by_width <= canvas.height) {
        area.height = std::max(1, static_cast<int>(std::lround(by_width)));
    } else {
        area.width = std::max(1, static_cast<int>(std::lround(canvas.height * shape)));
    }
    area.x = (canvas.width - area.width) / 2 & ~((1 << format.log2_chroma_w) - 1);
    area.y = (canvas.height - area.height) / 2 & ~((1 << format.log2_chroma_h) - 1);
    return area;
}

/// Between two sizes of one layout. Both ranges are told, else swscale assumes one of them.
AvScaler make_scaler(const AVFrame& from, const PixelLayout& layout, cv::Size size) {
    const int is_full = layout.range == AVCOL_RANGE_JPEG ? 1 : 0;
    AvScaler scaler(sws_alloc_context());
    if (!scaler) {
        throw std::bad_alloc();
    }
    const std::pair<const char*, int> settings[]{
        {"srcw", from.width},   {"srch", from.height},  {"src_format", layout.format},
        {"dstw", size.width},   {"dsth", size.height},  {"dst_format", layout.format},
        {"src_range", is_full}, {"dst_range", is_full}, {"sws_flags", kFlags}};
    for (const auto& [name, value] : settings) {
        av_opt_set_int(scaler.get(), name, value, 0);
    }
    av_check(sws_init_context(scaler.get(), nullptr, nullptr), "cannot scale a picture");
    return scaler;
}

/// Where the rows of `area` begin in each plane.
std::array<std::uint8_t*, 4> corner_of(const AVFrame& picture, cv::Point corner) {
    const auto format = static_cast<AVPixelFormat>(picture.format);
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(format);
    std::array<int, 4> steps{};
    av_image_fill_max_pixsteps(steps.data(), nullptr, &descriptor);
    std::array<std::uint8_t*, 4> data{};
    for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
        const bool is_chroma =
            (plane == 1 || plane == 2) && (descriptor.flags & AV_PIX_FMT_FLAG_RGB) == 0;
        const int x = is_chroma ? corner.x >> descriptor.log2_chroma_w : corner.x;
        const int y = is_chroma ? corner.y >> descriptor.log2_chroma_h : corner.y;
        const auto index = static_cast<std::size_t>(plane);
        data[index] = picture.data[plane] +
                      static_cast<std::ptrdiff_t>(y) * picture.linesize[plane] +
                      std::ptrdiff_t{x} * steps[index];
    }
    return data;
}

}  // namespace

double pixel_aspect(const AVFrame& picture) {
    return pixel_aspect(picture.sample_aspect_ratio);
}

AvFrame FitToSize::operator()(AvFrame picture) {
    if (!same(layout_of(*picture), canvas_.layout)) {
        picture = convert_(*picture, canvas_.layout);
        canvas_.layout = layout_of(*picture);
    }
    return picture->width == canvas_.width && picture->height == canvas_.height
               ? std::move(picture)
               : letterbox(*picture);
}

AvFrame FitToSize::letterbox(const AVFrame& picture) {
    const cv::Rect area = area_of(picture, canvas_);
    const std::array<int, 4> sizes{picture.width, picture.height, area.width, area.height};
    if (!scaler_ || scaled_ != sizes) {
        scaler_ = make_scaler(picture, canvas_.layout, area.size());
        scaled_ = sizes;
    }
    const AVPixelFormat format = canvas_.layout.format;
    AvFrame result = pool_.get(format, canvas_.width, canvas_.height);
    av_check(av_frame_copy_props(result.get(), &picture), "cannot copy a picture's properties");
    result->sample_aspect_ratio = {0, 1};  // the canvas decides
    if (matrix_of(*result) != canvas_.layout.matrix) {
        result->colorspace = canvas_.layout.matrix;  // untagged, and taken for another at this size
    }
    const std::array<std::ptrdiff_t, 4> strides{result->linesize[0], result->linesize[1],
                                                result->linesize[2], result->linesize[3]};
    av_check(av_image_fill_black(result->data, strides.data(), format, canvas_.layout.range,
                                 canvas_.width, canvas_.height),
             "cannot clear a picture");
    // Not scaled in place: swscale writes whole vectors, beyond the end of a row into the bar.
    const AvFrame scaled = scaled_pool_.get(format, area.width, area.height);
    av_check(sws_scale(scaler_.get(), picture.data, picture.linesize, 0, picture.height,
                       scaled->data, scaled->linesize),
             "cannot scale a picture");
    std::array<const std::uint8_t*, 4> source{scaled->data[0], scaled->data[1], scaled->data[2],
                                              scaled->data[3]};
    av_image_copy(corner_of(*result, area.tl()).data(), result->linesize, source.data(),
                  scaled->linesize, format, area.width, area.height);
    return result;
}

}  // namespace closet
