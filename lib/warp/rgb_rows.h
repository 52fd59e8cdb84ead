#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "warp/frame_color.h"

namespace closet {

/// One row of a patch as planes. Pixel i is at i + 1: the transparent one before the first lets
/// filters look one pixel beyond.
struct RgbRow {
    std::vector<std::uint8_t> r, g, b, a;

    /// Takes over `n` interleaved R G B A pixels.
    void load(const std::uint8_t* rgba, std::size_t n);
    /// `n` transparent pixels.
    void clear(std::size_t n);
};

/// Sums over patch rows, weighted by the filter and by alpha (colours), or the filter only (a).
/// Indexed like RgbRow.
struct RowSums {
    std::vector<std::uint32_t> r, g, b, a;

    void clear(std::size_t n);
    void add(const RgbRow& row, std::uint32_t weight);
};

/// A row of chroma samples as the blend takes them (blend.h): colour times alpha sum, alpha sum.
struct ChromaRow {
    std::vector<std::int32_t> u, v;
    std::vector<std::uint32_t> a;

    /// Filters the sums horizontally (ColumnFilter) into `n` samples.
    void load(const RowSums& sums, const FrameColor& color, std::size_t n);
};

/// Luma of `n` pixels, beginning with the row's pixel `skip`.
void luma_row(std::uint8_t* luma, const RgbRow& row, std::size_t skip, const YuvRow& y,
              std::size_t n);
void luma_row(std::uint16_t* luma, const RgbRow& row, std::size_t skip, const YuvRow& y,
              std::size_t n);

}  // namespace closet
