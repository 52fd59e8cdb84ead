#include "warp/rgb_rows.h"

#include <algorithm>

#include "warp/blend.h"
#include "warp/target_clones.h"

namespace closet {
namespace {

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

/// Colours are rounded to 1/255 of a level, so that their products with the matrix fit 32 bits.
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
        case ColumnFilter::kCentred:
            return filter_columns<ColumnFilter::kCentred>(u, v, alpha, r, g, b, a, color, n);
    }
}

}  // namespace

void RgbRow::load(const uint8_t* rgba, size_t n) {
    for (auto* plane : {&r, &g, &b, &a}) {
        plane->resize(n + 1);
    }
    split(rgba, &r[1], &g[1], &b[1], &a[1], n);
}

void RgbRow::clear(size_t n) {
    for (auto* plane : {&r, &g, &b, &a}) {
        plane->clear();
        plane->resize(n + 1);
    }
}

void RowSums::clear(size_t n) {
    for (auto* plane : {&r, &g, &b, &a}) {
        plane->assign(n + 1, 0);
    }
}

void RowSums::add(const RgbRow& row, uint32_t weight) {
    add_row(r.data(), g.data(), b.data(), a.data(), row.r.data(), row.g.data(), row.b.data(),
            row.a.data(), weight, a.size());
}

void ChromaRow::load(const RowSums& sums, const FrameColor& color, size_t n) {
    u.resize(n);
    v.resize(n);
    a.resize(n);
    filter_columns(u.data(), v.data(), a.data(), sums.r.data(), sums.g.data(), sums.b.data(),
                   sums.a.data(), color, n);
}

void luma_row(uint8_t* out, const RgbRow& row, size_t skip, const YuvRow& y, size_t n) {
    luma8(out, &row.r[skip + 1], &row.g[skip + 1], &row.b[skip + 1], y, n);
}

void luma_row(uint16_t* out, const RgbRow& row, size_t skip, const YuvRow& y, size_t n) {
    luma10(out, &row.r[skip + 1], &row.g[skip + 1], &row.b[skip + 1], y, n);
}

}  // namespace closet
