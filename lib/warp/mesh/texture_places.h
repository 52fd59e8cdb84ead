#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace closet::mesh {

/// Pixels of four bytes, R G B A premultiplied, which are somebody else's.
struct PixelView {
    std::uint8_t* data;
    std::ptrdiff_t stride;  ///< bytes
    int rows, columns;
};

/// Note [Whole rows]
/// The cells of a mesh are a dozen pixels wide. Sampled one by one, a third of the work would be
/// ends of their rows, and for another third a processor would wait, since it cannot foresee them.
/// So what a cell tells is only where in the texture its pixels look. These places are collected
/// for some rows of the canvas, and then whole rows are sampled at once. Where a pixel that has a
/// place is to get another one, all that is collected is painted first: the order stays.

/// Where pixels of a few rows of a canvas look in a texture.
class TexturePlaces {
  public:
    static constexpr int kAtOnce = 8;  ///< places may be written in so many at a time

    /// Both must outlive it. The pixels right and below of each place must exist in the texture,
    /// which has less than 2^31 bytes.
    TexturePlaces(const PixelView& texture, const PixelView& canvas);

    const PixelView& texture() const { return texture_; }
    const PixelView& canvas() const { return canvas_; }

    /// Places of pixels of a row, valid until the next call.
    struct Row {
        std::int32_t* offsets;   ///< bytes from the texture's first one; negative: none
        std::uint32_t* weights;  ///< of the pixel to the right, and << 16 of those below, of 256
    };
    /// Room for the pixels from `begin` up to, not including, `end` of row `y`, all on the canvas;
    /// all of them have to be written. What lies behind, up to whole kAtOnce, may be read and
    /// written back.
    Row row(int y, int begin, int end) {
        if (static_cast<unsigned>(y - top_) >= kRows) [[unlikely]] {
            move_to(y);
        }
        const auto i = static_cast<std::size_t>(y - top_);
        if (begin < runs_[i].end && runs_[i].begin < end) [[unlikely]] {
            paint_if_taken(i, begin, end);
        }
        runs_[i] = {std::min(runs_[i].begin, begin), std::max(runs_[i].end, end)};
        const std::size_t at = i * width_ + static_cast<std::size_t>(begin);
        return {&offsets_[at], &weights_[at]};
    }

    /// Paints what is collected over the canvas, bilinear samples resolved to 1/256 pixel, and
    /// forgets it.
    void paint();

  private:
    static constexpr unsigned kRows = 48;
    static constexpr int kAbove = 16;  ///< of these above the row that comes first: meshes tilt

    /// Pixels of a row that may have places.
    struct Run {
        int begin = std::numeric_limits<int>::max(), end = 0;
    };
    void move_to(int y);
    void paint_if_taken(std::size_t i, int begin, int end);

    PixelView texture_, canvas_;
    std::size_t width_;  ///< of a row, with kAtOnce more
    int top_;            ///< the canvas's row that comes first
    std::array<Run, kRows> runs_{};
    std::vector<std::int32_t> offsets_;
    std::unique_ptr<std::uint32_t[]> weights_;
};

}  // namespace closet::mesh
