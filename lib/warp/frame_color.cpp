#include "warp/frame_color.h"

#include <cmath>

extern "C" {
#include <libavutil/csp.h>
#include <libavutil/pixdesc.h>
}

namespace closet {
namespace {

const AVLumaCoefficients& luma_coefficients(const AVFrame& frame) {
    switch (frame.colorspace) {
        case AVCOL_SPC_BT709:
        case AVCOL_SPC_FCC:
        case AVCOL_SPC_BT470BG:
        case AVCOL_SPC_SMPTE170M:
        case AVCOL_SPC_SMPTE240M:
        case AVCOL_SPC_BT2020_NCL:
        case AVCOL_SPC_BT2020_CL:
            return *av_csp_luma_coeffs_from_avcsp(frame.colorspace);
        default:
            break;
    }
    const bool high_definition = frame.width >= 1280 || frame.height > 576;
    return *av_csp_luma_coeffs_from_avcsp(high_definition ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M);
}

YuvRow fixed_point(std::array<double, 3> rgb, double scale, int bits, int offset) {
    YuvRow row{{}, offset};
    for (std::size_t i = 0; i < 3; ++i) {
        row.rgb[i] = static_cast<std::int32_t>(std::lround(std::ldexp(rgb[i] * scale, bits)));
    }
    return row;
}

/// H.273: cosited chroma sits on pixel 2i, centred chroma half way to pixel 2i+1.
void set_chroma_weights(FrameColor& color, AVChromaLocation location, int log2_width,
                        int log2_height) {
    const bool centred = location == AVCHROMA_LOC_CENTER || location == AVCHROMA_LOC_TOP ||
                         location == AVCHROMA_LOC_BOTTOM;
    const bool top = location == AVCHROMA_LOC_TOPLEFT || location == AVCHROMA_LOC_TOP;
    const bool bottom = location == AVCHROMA_LOC_BOTTOMLEFT || location == AVCHROMA_LOC_BOTTOM;

    using Rows = std::array<std::uint32_t, 4>;
    color.columns = log2_width == 0 ? ColumnFilter::kOwn
                    : centred       ? ColumnFilter::kCentred
                                    : ColumnFilter::kCosited;
    color.row_weights = log2_height == 0 ? Rows{0, 4, 0, 0}
                        : top            ? Rows{1, 2, 1, 0}
                        : bottom         ? Rows{0, 1, 2, 1}
                                         : Rows{0, 2, 2, 0};
}

}  // namespace

bool has_full_range(const AVFrame& frame) {
    if (frame.color_range != AVCOL_RANGE_UNSPECIFIED) {
        return frame.color_range == AVCOL_RANGE_JPEG;
    }
    switch (frame.format) {
        case AV_PIX_FMT_YUVJ420P:
        case AV_PIX_FMT_YUVJ422P:
        case AV_PIX_FMT_YUVJ444P:
        case AV_PIX_FMT_GRAY8:
            return true;
        default:
            return false;
    }
}

FrameColor frame_color(const AVFrame& frame) {
    const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const int depth = format->comp[0].depth;
    const AVLumaCoefficients& luma = luma_coefficients(frame);
    const double red = av_q2d(luma.cr);
    const double green = av_q2d(luma.cg);
    const double blue = av_q2d(luma.cb);

    // H.273, equations for MatrixCoefficients: limited range spans 219 (chroma 224) * 2^(depth-8)
    // levels from 16 * 2^(depth-8), full range all 2^depth - 1 levels from 0.
    const bool full = has_full_range(frame);
    const double levels = full ? (1 << depth) - 1 : 219 << (depth - 8);
    const double chroma_levels = full ? (1 << depth) - 1 : 224 << (depth - 8);
    const double blue_scale = 0.5 / (1.0 - blue) * chroma_levels / 255.0;
    const double red_scale = 0.5 / (1.0 - red) * chroma_levels / 255.0;
    const int middle = 1 << (depth - 1);

    FrameColor color;
    color.y = fixed_point({red, green, blue}, levels / 255.0, FrameColor::kLumaBits,
                          full ? 0 : 16 << (depth - 8));
    color.u = fixed_point({-red, -green, 1.0 - blue}, blue_scale, FrameColor::kChromaBits, middle);
    color.v = fixed_point({1.0 - red, -green, -blue}, red_scale, FrameColor::kChromaBits, middle);
    set_chroma_weights(color, frame.chroma_location, format->log2_chroma_w, format->log2_chroma_h);
    return color;
}

}  // namespace closet
