#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/av_handles.h"
#include "warp/paint/pixel_row.h"

namespace closet {

/// Fixed-point coefficients that turn 8-bit sRGB into a frame's own samples.
struct YuvRow {
    std::array<std::int32_t, 3> rgb;  ///< for R, G, B
    std::int32_t offset = 0;          ///< in whole samples
};

/// Which pixels of a row make up chroma sample i, with weights that sum up to 4.
enum class ColumnFilter {
    kOwn,      ///< no subsampling: pixel i (4)
    kCosited,  ///< on pixel 2i: pixels 2i-1, 2i, 2i+1 (1, 2, 1)
    kCenterd,  ///< between pixels 2i and 2i+1 (2, 2)
};

/// How a YUV or gray frame stores color: its matrix, range, depth and chroma position.
struct FrameColor {
    static constexpr int kLumaBits = 16;    ///< fraction bits of `y.rgb`
    static constexpr int kChromaBits = 13;  ///< of `u.rgb` and `v.rgb`: 2.01 * 65025 * 2^13 < 2^31

    YuvRow y, u, v;

    ColumnFilter columns = ColumnFilter::kOwn;

    /// Weights of the rows 2j-1, 2j, 2j+1, 2j+2 for chroma row j, which sum up to 4; without
    /// vertical subsampling {0, 4, 0, 0}: the own row, j, only.
    std::array<std::uint32_t, 4> row_weights{};
};

/// How R' G' B' of 0 .. 1 become a frame's samples: component = rgb . (R', G', B') + offset, in
/// order Y U V or R G B; gray takes the first row only.
struct SampleMatrix {
    struct Row {
        std::array<double, 3> rgb;
        double offset;
    };
    std::array<Row, 3> rows;
};

/// Matrix and range by the rules of core/color.h; matrices that do not follow from coefficients of
/// R' G' B' (ICtCp and its like) are taken for BT.709.
SampleMatrix sample_matrix(const AVFrame& frame);

/// The same for integer kernels, of a YUV or gray frame. Chroma lies where it is tagged;
/// "unspecified" means left, the default of MPEG-2 and H.264.
FrameColor frame_color(const AVFrame& frame);

/// One row of a patch as planes. Pixel i is at i + 1: the transparent one before the first lets
/// filters look one pixel beyond. Colors mean something where alpha is not 0.
struct RgbRow {
    std::vector<std::uint8_t> r, g, b, a;
    pixel_row::Span seen;  ///< beyond it alpha is 0

    /// Takes over `n` interleaved R G B A pixels. `known`: beyond it alpha is 0; null: to be found.
    void load(const std::uint8_t* rgba, std::size_t n, const pixel_row::Span* known = nullptr);
    /// `n` transparent pixels.
    void clear(std::size_t n);
};

/// Sums over patch rows, weighted by the filter and by alpha (colors), or the filter only (a).
/// Indexed like RgbRow.
struct RowSums {
    std::vector<std::uint32_t> r, g, b, a;
    pixel_row::Span range;  ///< of the pixels that are summed, and the one before them

    /// Zeros for a range of rows of `n` pixels.
    void clear(std::size_t n, pixel_row::Span pixels);
    /// Adds a row of as many pixels; `weight` is one of FrameColor::row_weights.
    void add(const RgbRow& row, std::uint32_t weight);
};

/// A row of chroma samples as the blend takes them (blend.h): color times alpha sum, alpha sum.
struct ChromaRow {
    std::vector<std::int32_t> u, v;
    std::vector<std::uint32_t> a;

    /// Filters the sums horizontally (ColumnFilter) into the samples of a range.
    void load(const RowSums& sums, const FrameColor& color, pixel_row::Span samples);
};

/// 8-bit luma of `n` pixels, beginning with the row's pixel `skip`.
void luma_row(std::uint8_t* luma, const RgbRow& row, std::size_t skip, const YuvRow& y,
              std::size_t n);
/// The same in 10 bits.
void luma_row(std::uint16_t* luma, const RgbRow& row, std::size_t skip, const YuvRow& y,
              std::size_t n);

}  // namespace closet
