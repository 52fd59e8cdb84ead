#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/weights.h"

namespace closet {

/// Note [Winograd]
/// A dense convolution in fewer multiplications (Winograd 1980; Lavin and Gray, "Fast algorithms
/// for convolutional neural networks", 2015), with 2 x 2 output pixels to a tile.
///
/// Along one axis a tile's outputs are y = A (G g * B d), * number by number, of r taps g and the
/// r + 1 pixels d that they see. Here a_i are r points, and f the product of all (x - a_i):
///   row i of B: the coefficients of f / (x - a_i), and last those of f;
///   row i of G: (1, a_i, a_i^2 ...) / (f / (x - a_i))(a_i), and last (0 ... 0, 1);
///   A: (1 1 ... 0) and (a_0 a_1 ... 1).
/// In two dimensions the points of a tile are (r + 1)^2 numbers a channel, and what multiplies them
/// is summed over channels: one matrix product for each point. A kernel of 3 x 3 takes r = 3 with
/// the points 0, 1, -1: 16 products for 4 pixels in place of 36. (For these the textbook changes
/// the last row's sign in A and B.) One of 7 x 7 is, with an eighth row and column of zeros, four
/// of 4 x 4 that see the tiles' neighbors: r = 4 with 0, 1, -1, 2: 100 products in place of 196.
/// A kernel of 3 x 3 with stride 2 sees even pixels with its outer taps, r = 2 with the points 0
/// and 1 (both rows' signs changed), and odd pixels with the middle one, two points more: 25
/// products for 4 pixels in place of 36, all of them between plain sums.
/// Four points and more outputs a tile save more, but round ten times as much.
///
/// The result's rounding is about the direct sum's (7 x 7: up to twice). Where a tile lies depends
/// on the picture alone, so the same numbers come in whatever rows they are asked for.

/// Whether it is faster than the direct sum, for a result of that size. `channels`: of the input.
bool winograd_pays(const ConvNode& conv, std::int64_t channels, std::int64_t height,
                   std::int64_t width);

/// Immutable, so that several threads may share it.
class Winograd {
  public:
    /// `conv`: square, of 3 taps and stride 1 or 2 or of 7 taps, without dilation, or activations
    /// that bend. `kernels`: of float32; both sides' channels are whole vectors of theirs in
    /// memory. It is packed for results of rows of `columns` pixels; for others it is only slower.
    Winograd(const ConvNode& conv, const NhwcKernels& kernels, std::int64_t columns);

    struct Picture {
        const float* first;  ///< channel of the first pixel
        std::ptrdiff_t pixel, row;
        std::int64_t height, width;
    };

    /// What `run` needs of the caller's memory for a result of so many rows and columns.
    std::size_t scratch_bytes(std::int64_t rows, std::int64_t columns) const;

    /// How many of its rows should be asked for at a time at least.
    std::int64_t rows_at_once(std::int64_t rows, std::int64_t columns) const;

    /// Rows `first` to before `end` of the result. `out`: of a ConvTask `pixels`, `out`, its
    /// distances and `finish`, all from the result's row 0. `scratch` starts on a cache line.
    void run(const Picture& in, const ConvTask& out, std::int64_t first, std::int64_t end,
             std::byte* scratch) const;

  private:
    struct Band;
    Band lay_out(std::int64_t rows, std::int64_t columns) const;
    void take_row(const Picture& in, const Band& band, std::int64_t top, float* to) const;
    void multiply(const Band& band, std::int64_t tile_rows, const float* points,
                  float* products) const;

    KernelWindow window_;
    int points_, blocks_;  ///< along an axis: points of a tile, and tiles that a kernel sees
    int channels_, in_pitch_ = 0, vectors_ = 0, out_pitch_ = 0, widest_ = 0;
    const NhwcKernels* kernels_;
    std::vector<AlignedBytes> weights_;  ///< of each point
    AlignedBytes bias_, no_bias_;
};

}  // namespace closet
