#include "core/pixel_format.h"

#include <algorithm>
#include <array>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
}

namespace closet {
namespace {

constexpr std::array kPaintable{
    AV_PIX_FMT_YUV420P,     AV_PIX_FMT_YUV422P,  AV_PIX_FMT_YUV444P,     AV_PIX_FMT_YUVJ420P,
    AV_PIX_FMT_YUVJ422P,    AV_PIX_FMT_YUVJ444P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE,
    AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_NV12,     AV_PIX_FMT_P010LE,      AV_PIX_FMT_RGB24,
    AV_PIX_FMT_BGR24,       AV_PIX_FMT_RGBA,     AV_PIX_FMT_BGRA,        AV_PIX_FMT_GBRP,
    AV_PIX_FMT_GRAY8,
};

}  // namespace

bool is_paintable(AVPixelFormat format) {
    return std::find(kPaintable.begin(), kPaintable.end(), format) != kPaintable.end();
}

AVPixelFormat paintable_format(AVPixelFormat format) {
    if (is_paintable(format)) {
        return format;
    }
    std::array<AVPixelFormat, kPaintable.size() + 1> candidates{};
    std::copy(kPaintable.begin(), kPaintable.end(), candidates.begin());
    candidates.back() = AV_PIX_FMT_NONE;
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    const bool has_alpha =
        descriptor != nullptr && (descriptor->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    return avcodec_find_best_pix_fmt_of_list(candidates.data(), format, has_alpha ? 1 : 0, nullptr);
}

}  // namespace closet
