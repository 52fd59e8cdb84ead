#include "decode/pixel_convert.h"

#include <charconv>
#include <cstring>
#include <new>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "core/error.h"
#include "core/pixel_format.h"

namespace closet {
namespace {

/// Bicubic chroma with full-precision sums and full chroma resolution on the way from and to RGB.
constexpr int kFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

/// Fills in what the target leaves open.
PixelLayout complete(PixelLayout target, const PixelLayout& from, const AVFrame& source) {
    AVFrame made{};  // the result, as far as the rules of color.h look at it
    made.format = target.format;
    made.width = source.width;
    made.height = source.height;
    const bool was_rgb = from.matrix == AVCOL_SPC_RGB;
    made.colorspace =
        target.matrix != AVCOL_SPC_UNSPECIFIED || was_rgb ? target.matrix : from.matrix;
    made.color_range =
        target.range != AVCOL_RANGE_UNSPECIFIED || was_rgb ? target.range : from.range;
    return layout_of(made);
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
    // The ranges have to be known at initialization: swscale otherwise takes a change of nothing
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

/// libav gives JPEG's tag as a display matrix, and that of others (WebP) as text.
int exif_tag(const AVFrame& image) {
    const AVDictionaryEntry* entry = av_dict_get(image.metadata, "Orientation", nullptr, 0);
    int tag = 0;
    if (entry != nullptr) {
        const char* text = entry->value + std::strspn(entry->value, " ");
        std::from_chars(text, text + std::strlen(text), tag);
    }
    return tag;
}

}  // namespace

PixelLayout layout_of(const AVFrame& picture) {
    return {static_cast<AVPixelFormat>(picture.format), matrix_of(picture),
            is_full_range(picture) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG};
}

/// swscale takes gray for full range on its way to RGB, but not YUV without color.
AvFrame PixelConvert::to_yuv(const AVFrame& gray) {
    if (!to_yuv_) {
        to_yuv_ = std::make_unique<PixelConvert>();
    }
    constexpr AVPixelFormat kYuv[]{AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVA444P, AV_PIX_FMT_YUV444P16LE,
                                   AV_PIX_FMT_YUVA444P16LE, AV_PIX_FMT_NONE};
    return (*to_yuv_)(gray, {nearest_format(kYuv, static_cast<AVPixelFormat>(gray.format)),
                             AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_MPEG});
}

AvFrame PixelConvert::operator()(const AVFrame& source, PixelLayout target) {
    const PixelLayout from = layout_of(source);
    const PixelLayout to = complete(target, from, source);
    if (is_gray(from.format) && from.range == AVCOL_RANGE_MPEG && is_rgb(to.format)) {
        return (*this)(*to_yuv(source), target);
    }
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
    // Where nothing changes, the source's tags stay, also "unspecified".
    if (to.matrix != from.matrix) {
        result->colorspace = to.matrix;
    }
    if (to.range != from.range || layout_of(*result).range != to.range) {
        result->color_range = to.range;
    }
    av_check(sws_scale(scaler_.get(), source.data, source.linesize, 0, source.height, result->data,
                       result->linesize),
             "cannot convert a picture");
    return result;
}

Orientation settle_how_shown(AVFrame& image, const MediaInfo& input) {
    if (const AVRational told = input.video().sample_aspect_ratio; told.num > 0 && told.den > 0) {
        image.sample_aspect_ratio = told;
    }
    const AVFrameSideData* matrix = av_frame_get_side_data(&image, AV_FRAME_DATA_DISPLAYMATRIX);
    if (matrix != nullptr) {
        return orientation_of(matrix->data, matrix->size);
    }
    const int tag = exif_tag(image);
    return tag != 0 ? orientation_of_exif(tag) : input.orientation;
}

}  // namespace closet
