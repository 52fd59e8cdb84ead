#include "warp/frame_color.h"

#include <cmath>

extern "C" {
#include <libavutil/csp.h>
#include <libavutil/pixdesc.h>
}

#include "core/color.h"

namespace closet {
namespace {

const AVLumaCoefficients& luma_coefficients(const AVFrame& frame) {
    const AVLumaCoefficients* luma = av_csp_luma_coeffs_from_avcsp(matrix_of(frame));
    // YCgCo, ICtCp and their like do not follow from coefficients.
    return luma != nullptr ? *luma : *av_csp_luma_coeffs_from_avcsp(AVCOL_SPC_BT709);
}

YuvRow fixed_point(const SampleMatrix::Row& exact, int bits) {
    YuvRow row{{}, static_cast<std::int32_t>(exact.offset)};
    for (std::size_t i = 0; i < 3; ++i) {
        row.rgb[i] = static_cast<std::int32_t>(std::lround(std::ldexp(exact.rgb[i] / 255.0, bits)));
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

SampleMatrix sample_matrix(const AVFrame& frame) {
    const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const int depth = format->comp[0].depth;
    const double all = (1 << depth) - 1;
    if ((format->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
        return {{{{{all, 0, 0}, 0}, {{0, all, 0}, 0}, {{0, 0, all}, 0}}}};
    }
    // H.273, equations for MatrixCoefficients: limited range spans 219 (chroma 224) * 2^(depth-8)
    // levels from 16 * 2^(depth-8), full range all 2^depth - 1 levels from 0.
    const bool full = is_full_range(frame);
    const double y = full ? all : 219 << (depth - 8);
    const double c = full ? all : 224 << (depth - 8);
    const double black = full ? 0 : 16 << (depth - 8);
    const double middle = 1 << (depth - 1);
    if (frame.colorspace == AVCOL_SPC_YCGCO) {
        return {{{{{y / 4, y / 2, y / 4}, black},
                  {{-c / 4, c / 2, -c / 4}, middle},
                  {{c / 2, 0, -c / 2}, middle}}}};
    }
    const AVLumaCoefficients& luma = luma_coefficients(frame);
    const double red = av_q2d(luma.cr);
    const double green = av_q2d(luma.cg);
    const double blue = av_q2d(luma.cb);
    const double u = c * 0.5 / (1.0 - blue);
    const double v = c * 0.5 / (1.0 - red);
    return {{{{{red * y, green * y, blue * y}, black},
              {{-red * u, -green * u, (1.0 - blue) * u}, middle},
              {{(1.0 - red) * v, -green * v, -blue * v}, middle}}}};
}

FrameColor frame_color(const AVFrame& frame) {
    const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const SampleMatrix matrix = sample_matrix(frame);
    FrameColor color;
    color.y = fixed_point(matrix.rows[0], FrameColor::kLumaBits);
    color.u = fixed_point(matrix.rows[1], FrameColor::kChromaBits);
    color.v = fixed_point(matrix.rows[2], FrameColor::kChromaBits);
    set_chroma_weights(color, frame.chroma_location, format->log2_chroma_w, format->log2_chroma_h);
    return color;
}

}  // namespace closet
