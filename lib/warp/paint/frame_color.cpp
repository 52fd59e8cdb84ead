#include "warp/paint/frame_color.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/csp.h>
#include <libavutil/pixdesc.h>
}

#include "core/color.h"
#include "warp/paint/blend.h"
#include "warp/paint/kernel.h"

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

/// H.273: cosited chroma sits on pixel 2i, centerd chroma half way to pixel 2i+1.
void set_chroma_weights(FrameColor& color, AVChromaLocation location, int log2_width,
                        int log2_height) {
    const bool centerd = location == AVCHROMA_LOC_CENTER || location == AVCHROMA_LOC_TOP ||
                         location == AVCHROMA_LOC_BOTTOM;
    const bool top = location == AVCHROMA_LOC_TOPLEFT || location == AVCHROMA_LOC_TOP;
    const bool bottom = location == AVCHROMA_LOC_BOTTOMLEFT || location == AVCHROMA_LOC_BOTTOM;

    using Rows = std::array<std::uint32_t, 4>;
    color.columns = log2_width == 0 ? ColumnFilter::kOwn
                    : centerd       ? ColumnFilter::kCenterd
                                    : ColumnFilter::kCosited;
    color.row_weights = log2_height == 0 ? Rows{0, 4, 0, 0}
                        : top            ? Rows{1, 2, 1, 0}
                        : bottom         ? Rows{0, 1, 2, 1}
                                         : Rows{0, 2, 2, 0};
}

using std::int32_t;
using std::size_t;
using std::uint16_t;
using std::uint32_t;
using std::uint8_t;

CLOSET_TARGET_CLONES
void split(const uint8_t* __restrict rgba, uint8_t* __restrict r, uint8_t* __restrict g,
           uint8_t* __restrict b, uint8_t* __restrict a, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        r[i] = rgba[4 * i];
        g[i] = rgba[4 * i + 1];
        b[i] = rgba[4 * i + 2];
        a[i] = rgba[4 * i + 3];
    }
}

template <class T>
inline void luma(T* __restrict out, const uint8_t* __restrict r, const uint8_t* __restrict g,
                 const uint8_t* __restrict b, int32_t cr, int32_t cg, int32_t cb, int32_t offset,
                 size_t n) {
    for (size_t i = 0; i < n; ++i) {
        out[i] =
            static_cast<T>((cr * r[i] + cg * g[i] + cb * b[i] + offset) >> FrameColor::kLumaBits);
    }
}

/// The offset with the half that makes the shift round to nearest.
int32_t luma_offset(const YuvRow& y) {
    return (y.offset << FrameColor::kLumaBits) + (1 << (FrameColor::kLumaBits - 1));
}

CLOSET_TARGET_CLONES
void luma8(uint8_t* out, const uint8_t* r, const uint8_t* g, const uint8_t* b, const YuvRow& y,
           size_t n) {
    luma(out, r, g, b, y.rgb[0], y.rgb[1], y.rgb[2], luma_offset(y), n);
}

CLOSET_TARGET_CLONES
void luma10(uint16_t* out, const uint8_t* r, const uint8_t* g, const uint8_t* b, const YuvRow& y,
            size_t n) {
    luma(out, r, g, b, y.rgb[0], y.rgb[1], y.rgb[2], luma_offset(y), n);
}

CLOSET_TARGET_CLONES
void add_row(uint32_t* __restrict sum_r, uint32_t* __restrict sum_g, uint32_t* __restrict sum_b,
             uint32_t* __restrict sum_a, const uint8_t* __restrict r, const uint8_t* __restrict g,
             const uint8_t* __restrict b, const uint8_t* __restrict a, uint32_t weight, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        const uint32_t wa = weight * a[i];
        sum_r[i] += wa * r[i];
        sum_g[i] += wa * g[i];
        sum_b[i] += wa * b[i];
        sum_a[i] += wa;
    }
}

/// The filtered sum for sample i; `sums` begins one pixel before the first.
template <ColumnFilter Filter>
inline uint32_t filtered(const uint32_t* sums, size_t i) {
    if constexpr (Filter == ColumnFilter::kOwn) {
        return 4 * sums[i + 1];
    } else if constexpr (Filter == ColumnFilter::kCosited) {
        return sums[2 * i] + 2 * sums[2 * i + 1] + sums[2 * i + 2];
    } else {
        return 2 * (sums[2 * i + 1] + sums[2 * i + 2]);
    }
}

/// Colors are rounded to 1/255 of a level, so that their products with the matrix fit 32 bits.
template <ColumnFilter Filter>
inline void filter_columns(int32_t* __restrict u, int32_t* __restrict v, uint32_t* __restrict alpha,
                           const uint32_t* __restrict r, const uint32_t* __restrict g,
                           const uint32_t* __restrict b, const uint32_t* __restrict a,
                           const FrameColor& color, size_t n) {
    const auto [ur, ug, ub] = color.u.rgb;
    const auto [vr, vg, vb] = color.v.rgb;
    const int32_t u_offset = color.u.offset;
    const int32_t v_offset = color.v.offset;
    constexpr uint32_t kWeights = blend::kSumWeights;
    // The matrix gives levels * 255 * 2^kChromaBits; the blend wants levels * 255 * kSumWeights.
    constexpr int kShift = FrameColor::kChromaBits - 4;
    static_assert(kWeights == 1U << 4);
    constexpr int32_t kHalf = 1 << (kShift - 1);
    for (size_t i = 0; i < n; ++i) {
        const auto red = static_cast<int32_t>((filtered<Filter>(r, i) + kWeights / 2) / kWeights);
        const auto green = static_cast<int32_t>((filtered<Filter>(g, i) + kWeights / 2) / kWeights);
        const auto blue = static_cast<int32_t>((filtered<Filter>(b, i) + kWeights / 2) / kWeights);
        const uint32_t whole = filtered<Filter>(a, i);
        u[i] = ((ur * red + ug * green + ub * blue + kHalf) >> kShift) +
               u_offset * static_cast<int32_t>(whole);
        v[i] = ((vr * red + vg * green + vb * blue + kHalf) >> kShift) +
               v_offset * static_cast<int32_t>(whole);
        alpha[i] = whole;
    }
}

CLOSET_TARGET_CLONES
void filter_columns(int32_t* u, int32_t* v, uint32_t* alpha, const uint32_t* r, const uint32_t* g,
                    const uint32_t* b, const uint32_t* a, const FrameColor& color, size_t n) {
    switch (color.columns) {
        case ColumnFilter::kOwn:
            return filter_columns<ColumnFilter::kOwn>(u, v, alpha, r, g, b, a, color, n);
        case ColumnFilter::kCosited:
            return filter_columns<ColumnFilter::kCosited>(u, v, alpha, r, g, b, a, color, n);
        case ColumnFilter::kCenterd:
            return filter_columns<ColumnFilter::kCenterd>(u, v, alpha, r, g, b, a, color, n);
    }
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

void RgbRow::load(const uint8_t* rgba, size_t n, const pixel_row::Span* known) {
    clear(n);
    seen = known != nullptr ? *known : pixel_row::visible(rgba, n);
    const size_t at = seen.begin + 1;
    split(rgba + 4 * seen.begin, &r[at], &g[at], &b[at], &a[at], seen.size());
}

void RgbRow::clear(size_t n) {
    if (a.size() != n + 1) {
        for (auto* plane : {&r, &g, &b, &a}) {
            plane->assign(n + 1, 0);
        }
    } else {
        std::fill_n(&a[seen.begin + 1], seen.size(), uint8_t{0});
    }
    seen = {};
}

void RowSums::clear(size_t n, pixel_row::Span pixels) {
    range = pixels;
    for (auto* plane : {&r, &g, &b, &a}) {
        plane->resize(n + 1);
        std::fill_n(&(*plane)[range.begin], range.size() + 1, 0U);
    }
}

void RowSums::add(const RgbRow& row, uint32_t weight) {
    const size_t at = range.begin;
    add_row(&r[at], &g[at], &b[at], &a[at], &row.r[at], &row.g[at], &row.b[at], &row.a[at], weight,
            range.size() + 1);
}

void ChromaRow::load(const RowSums& sums, const FrameColor& color, pixel_row::Span samples) {
    u.resize(std::max(u.size(), samples.end));
    v.resize(u.size());
    a.resize(u.size());
    const size_t at = sums.range.begin;
    const size_t to = samples.begin;
    filter_columns(&u[to], &v[to], &a[to], &sums.r[at], &sums.g[at], &sums.b[at], &sums.a[at],
                   color, samples.size());
}

void luma_row(uint8_t* out, const RgbRow& row, size_t skip, const YuvRow& y, size_t n) {
    luma8(out, &row.r[skip + 1], &row.g[skip + 1], &row.b[skip + 1], y, n);
}

void luma_row(uint16_t* out, const RgbRow& row, size_t skip, const YuvRow& y, size_t n) {
    luma10(out, &row.r[skip + 1], &row.g[skip + 1], &row.b[skip + 1], y, n);
}

}  // namespace closet
