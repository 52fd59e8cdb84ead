#include "core/pixel_format.h"

#include <algorithm>
#include <array>
#include <climits>

extern "C" {
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include "core/color.h"

namespace closet {
namespace {

constexpr std::array kPaintable{
    AV_PIX_FMT_YUV420P,      AV_PIX_FMT_YUV422P,      AV_PIX_FMT_YUV444P,
    AV_PIX_FMT_YUVJ420P,     AV_PIX_FMT_YUVJ422P,     AV_PIX_FMT_YUVJ444P,
    AV_PIX_FMT_YUV420P9LE,   AV_PIX_FMT_YUV422P9LE,   AV_PIX_FMT_YUV444P9LE,
    AV_PIX_FMT_YUV420P10LE,  AV_PIX_FMT_YUV422P10LE,  AV_PIX_FMT_YUV444P10LE,
    AV_PIX_FMT_YUV420P12LE,  AV_PIX_FMT_YUV422P12LE,  AV_PIX_FMT_YUV444P12LE,
    AV_PIX_FMT_YUV420P14LE,  AV_PIX_FMT_YUV422P14LE,  AV_PIX_FMT_YUV444P14LE,
    AV_PIX_FMT_YUV420P16LE,  AV_PIX_FMT_YUV422P16LE,  AV_PIX_FMT_YUV444P16LE,
    AV_PIX_FMT_YUVA420P,     AV_PIX_FMT_YUVA422P,     AV_PIX_FMT_YUVA444P,
    AV_PIX_FMT_YUVA420P9LE,  AV_PIX_FMT_YUVA422P9LE,  AV_PIX_FMT_YUVA444P9LE,
    AV_PIX_FMT_YUVA420P10LE, AV_PIX_FMT_YUVA422P10LE, AV_PIX_FMT_YUVA444P10LE,
    AV_PIX_FMT_YUVA422P12LE, AV_PIX_FMT_YUVA444P12LE, AV_PIX_FMT_YUVA420P16LE,
    AV_PIX_FMT_YUVA422P16LE, AV_PIX_FMT_YUVA444P16LE, AV_PIX_FMT_NV12,
    AV_PIX_FMT_P010LE,       AV_PIX_FMT_P016LE,       AV_PIX_FMT_GRAY8,
    AV_PIX_FMT_GRAY9LE,      AV_PIX_FMT_GRAY10LE,     AV_PIX_FMT_GRAY12LE,
    AV_PIX_FMT_GRAY14LE,     AV_PIX_FMT_GRAY16LE,     AV_PIX_FMT_YA8,
    AV_PIX_FMT_YA16LE,       AV_PIX_FMT_RGB24,        AV_PIX_FMT_BGR24,
    AV_PIX_FMT_RGBA,         AV_PIX_FMT_BGRA,         AV_PIX_FMT_RGB48LE,
    AV_PIX_FMT_BGR48LE,      AV_PIX_FMT_RGBA64LE,     AV_PIX_FMT_BGRA64LE,
    AV_PIX_FMT_GBRP,         AV_PIX_FMT_GBRP9LE,      AV_PIX_FMT_GBRP10LE,
    AV_PIX_FMT_GBRP12LE,     AV_PIX_FMT_GBRP14LE,     AV_PIX_FMT_GBRP16LE,
    AV_PIX_FMT_GBRAP,        AV_PIX_FMT_GBRAP10LE,    AV_PIX_FMT_GBRAP12LE,
    AV_PIX_FMT_GBRAP16LE,    AV_PIX_FMT_NONE,
};

/// Bits of the color that has fewest, or most.
int depth_of(const AVPixFmtDescriptor& format, bool fewest) {
    const int colors =
        std::max(1, format.nb_components - ((format.flags & AV_PIX_FMT_FLAG_ALPHA) != 0 ? 1 : 0));
    int depth = format.comp[0].depth;
    for (int i = 1; i < std::min(colors, 3); ++i) {
        depth =
            fewest ? std::min(depth, format.comp[i].depth) : std::max(depth, format.comp[i].depth);
    }
    return depth;
}

/// What is lost, the gravest first, and last the memory that a pixel takes.
using Cost = std::array<int, 6>;

Cost cost_of(AVPixelFormat from, AVPixelFormat to) {
    const AVPixFmtDescriptor& a = *av_pix_fmt_desc_get(from);
    const AVPixFmtDescriptor& b = *av_pix_fmt_desc_get(to);
    constexpr int kMostBits = 16;
    const bool loses_kind = is_rgb(from) != is_rgb(to) && !(is_gray(from) && !is_rgb(to));
    const auto finer = [](int own, int wanted) { return std::max(own - wanted, 0); };
    return {is_gray(to) && !is_gray(from) ? 1 : 0,
            finer(std::min(depth_of(a, false), kMostBits), depth_of(b, true)),
            has_alpha(from) && !has_alpha(to) ? 1 : 0,
            loses_kind ? 1 : 0,
            is_gray(from)
                ? 0
                : finer(b.log2_chroma_w, a.log2_chroma_w) + finer(b.log2_chroma_h, a.log2_chroma_h),
            av_get_bits_per_pixel(&b)};
}

}  // namespace

bool is_paintable(AVPixelFormat format) {
    return format != AV_PIX_FMT_NONE &&
           std::find(kPaintable.begin(), kPaintable.end(), format) != kPaintable.end();
}

AVPixelFormat nearest_format(const AVPixelFormat* candidates, AVPixelFormat format) {
    AVPixelFormat best = AV_PIX_FMT_NONE;
    if (av_pix_fmt_desc_get(format) == nullptr) {
        return best;
    }
    Cost least{};
    for (; *candidates != AV_PIX_FMT_NONE; ++candidates) {
        if (*candidates != format && sws_isSupportedOutput(*candidates) == 0) {
            continue;
        }
        const Cost cost = cost_of(format, *candidates);
        if (best == AV_PIX_FMT_NONE || *candidates == format || cost < least) {
            best = *candidates;
            least = *candidates == format ? Cost{INT_MIN} : cost;
        }
    }
    return best;
}

AVPixelFormat paintable_format(AVPixelFormat format) {
    return is_paintable(format) ? format : nearest_format(kPaintable.data(), format);
}

}  // namespace closet
