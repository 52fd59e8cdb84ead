#include "decode/pixel_convert.h"

#include <new>
#include <string_view>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include "core/error.h"

namespace closet {
namespace {

constexpr int kHdLines = 720;

/// Bicubic chroma with full-precision sums and full chroma resolution on the way from and to RGB.
constexpr int kFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

bool is_yuvj(AVPixelFormat format) {
    const char* name = av_get_pix_fmt_name(format);
    return name != nullptr && std::string_view(name).starts_with("yuvj");
}

AVColorSpace default_matrix(int height) {
    return height >= kHdLines ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

/// The layout that `source` has.
PixelLayout layout_of(const AVFrame& source) {
    return {static_cast<AVPixelFormat>(source.format), matrix_of(source),
            is_full_range(source) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG};
}

/// Fills in what the target leaves open.
PixelLayout complete(PixelLayout target, const PixelLayout& from, int height) {
    if (is_rgb(target.format)) {
        return {target.format, AVCOL_SPC_RGB, AVCOL_RANGE_JPEG};
    }
    if (target.matrix == AVCOL_SPC_UNSPECIFIED) {
        target.matrix = from.matrix == AVCOL_SPC_RGB ? default_matrix(height) : from.matrix;
    }
    if (is_yuvj(target.format)) {
        target.range = AVCOL_RANGE_JPEG;
    } else if (target.range == AVCOL_RANGE_UNSPECIFIED) {
        target.range = is_rgb(from.format) ? AVCOL_RANGE_MPEG : from.range;
    }
    return target;
}

bool same(const PixelLayout& a, const PixelLayout& b) {
    return a.format == b.format && a.matrix == b.matrix && a.range == b.range;
}

AvScaler make_scaler(int width, int height, const PixelLayout& from, const PixelLayout& to) {
    const int from_full = from.range == AVCOL_RANGE_JPEG ? 1 : 0;
    const int to_full = to.range == AVCOL_RANGE_JPEG ? 1 : 0;
    AvScaler scaler(sws_alloc_context());
    if (!scaler) {
        throw std::bad_alloc();
    }
    // The ranges have to be known at initialisation: swscale otherwise takes a change of nothing
    // but the range for a copy.
    const std::pair<const char*, int> settings[]{
        {"srcw", width},          {"srch", height},       {"src_format", from.format},
        {"dstw", width},          {"dsth", height},       {"dst_format", to.format},
        {"src_range", from_full}, {"dst_range", to_full}, {"sws_flags", kFlags}};
    for (const auto& [name, value] : settings) {
        av_opt_set_int(scaler.get(), name, value, 0);
    }
    if (sws_init_context(scaler.get(), nullptr, nullptr) < 0) {
        throw MediaError(fmt::format("cannot convert pictures from {} to {}",
                                     av_get_pix_fmt_name(from.format),
                                     av_get_pix_fmt_name(to.format)));
    }
    // The result is -1 where no matrix takes part (RGB to RGB); nothing is wrong then.
    sws_setColorspaceDetails(scaler.get(), sws_getCoefficients(from.matrix), from_full,
                             sws_getCoefficients(to.matrix), to_full, 0, 1 << 16, 1 << 16);
    return scaler;
}

}  // namespace

bool is_rgb(AVPixelFormat format) {
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    return descriptor != nullptr &&
           (descriptor->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

AVColorSpace matrix_of(const AVFrame& frame) {
    if (is_rgb(static_cast<AVPixelFormat>(frame.format))) {
        return AVCOL_SPC_RGB;
    }
    return frame.colorspace == AVCOL_SPC_UNSPECIFIED || frame.colorspace == AVCOL_SPC_RGB
               ? default_matrix(frame.height)
               : frame.colorspace;
}

bool is_full_range(const AVFrame& frame) {
    const auto format = static_cast<AVPixelFormat>(frame.format);
    return frame.color_range == AVCOL_RANGE_JPEG || is_yuvj(format) || is_rgb(format);
}

AvFrame PixelConvert::operator()(const AVFrame& source, PixelLayout target) {
    const PixelLayout from = layout_of(source);
    const PixelLayout to = complete(target, from, source.height);
    if (!scaler_ || key_.width != source.width || key_.height != source.height ||
        !same(key_.from, from) || !same(key_.to, to)) {
        scaler_ = make_scaler(source.width, source.height, from, to);
        key_ = {source.width, source.height, from, to};
    }
    AvFrame result = make_av_frame();
    result->format = to.format;
    result->width = source.width;
    result->height = source.height;
    av_check(av_frame_get_buffer(result.get(), 0), "cannot allocate a picture");
    av_check(av_frame_copy_props(result.get(), &source), "cannot copy a picture's properties");
    if (to.matrix != from.matrix) {  // otherwise the source's tag stays, also "unspecified"
        result->colorspace = to.matrix;
    }
    if (to.range != from.range || to.range == AVCOL_RANGE_JPEG) {
        result->color_range = to.range;
    }
    av_check(sws_scale(scaler_.get(), source.data, source.linesize, 0, source.height, result->data,
                       result->linesize),
             "cannot convert a picture");
    return result;
}

}  // namespace closet
