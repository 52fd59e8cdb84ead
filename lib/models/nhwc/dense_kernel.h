#pragma once

// Part of kernels.cpp, which is compiled once for each instruction set: everything is in an unnamed
// namespace, so that no copy for one set is linked where another is meant.

#include <cstddef>

#include "models/nhwc/finish.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

namespace closet {

namespace {

// Pixels, vectors and lanes of one row are small numbers: their products fit an int.
// NOLINTBEGIN(bugprone-implicit-widening-of-multiplication-result)

// Accumulators of a tile: of the 32 (AVX-512) or 16 (AVX2) registers, the rest hold the weights of
// one input unit and one input value.
constexpr int kAccumulators = kLanes == 16 ? 24 : 12;
constexpr int kMaxBlock = 4;        // vectors of output channels in a tile
constexpr int kLongRow = 2048;      // input units under a row of the kernel
constexpr int kMaxTilePixels = 12;  // beyond this the pixels' addresses need too many registers

constexpr int tile_pixels(int vectors) {
    const int fit = kAccumulators / vectors;
    return fit < kMaxTilePixels ? fit : kMaxTilePixels;
}

/// Where a tile lies: `rows` are the kernel's rows for output row `row`.
struct TilePlace {
    const void* const* rows;
    const Unit* weights;
    int row, pixel, vector;
};
using Tile = void (*)(const ConvTask& task, const TilePlace& place);

template <bool Silu, int Pixels, int Vectors>
inline void finish_tile(const Vector (&sum)[Pixels][Vectors], const ConvTask& task,
                        const TilePlace& place) {
    const Finisher<Silu> finish(task);
#pragma GCC unroll 12
    for (int m = 0; m < Pixels; ++m) {
#pragma GCC unroll 4
        for (int n = 0; n < Vectors; ++n) {
            finish(sum[m][n], place.row, place.pixel + m, (place.vector + n) * kLanes);
        }
    }
}

/// Adds `from` to `to` and leaves zeros.
template <int Pixels, int Vectors>
inline void move_sums(Vector (&from)[Pixels][Vectors], Vector (&to)[Pixels][Vectors]) {
#pragma GCC unroll 12
    for (int m = 0; m < Pixels; ++m) {
#pragma GCC unroll 4
        for (int n = 0; n < Vectors; ++n) {
            to[m][n] += from[m][n];
            from[m][n] = Vector{};
        }
    }
}

/// Pixels x Vectors outputs stay in registers over all taps and input units; each input unit is
/// broadcast once and meets Vectors weights.
template <int Pixels, int Vectors>
void tile(const ConvTask& task, const TilePlace& place) {
    Vector sum[Pixels][Vectors];
#pragma GCC unroll 4
    for (int n = 0; n < Vectors; ++n) {
        const Vector start = load(task.bias + (place.vector + n) * kLanes);
#pragma GCC unroll 12
        for (int m = 0; m < Pixels; ++m) {
            sum[m][n] = start;
        }
    }
    const std::ptrdiff_t step = task.pixel_step / kNumbersPerUnit;
    const std::ptrdiff_t tap_step = task.tap_step / kNumbersPerUnit;
    const int units = (task.channels + kNumbersPerUnit - 1) / kNumbersPerUnit;
    const std::ptrdiff_t row_weights = std::ptrdiff_t{task.kernel_w} * units * Vectors * kLanes;
    // Tens of thousands of products are summed row by row, lest the sum's rounding outgrow them.
    const bool by_rows = task.kernel_w * units >= kLongRow;
    Vector total[Pixels][Vectors] = {};
    for (int y = 0; y < task.kernel_h; ++y) {
        if (place.rows[y] == nullptr) {
            continue;
        }
        const Unit* w = place.weights + y * row_weights;
        for (int x = 0; x < task.kernel_w; ++x) {
            // One pointer for three pixels: two more are one and two index registers away.
            const Unit* in[(Pixels + 2) / 3];
#pragma GCC unroll 4
            for (int g = 0; g < (Pixels + 2) / 3; ++g) {
                in[g] = static_cast<const Unit*>(place.rows[y]) + x * tap_step +
                        (place.pixel + 3 * g) * step;
            }
            for (int c = 0; c < units; ++c) {
                Vector b[Vectors];
#pragma GCC unroll 4
                for (int n = 0; n < Vectors; ++n) {
                    b[n] = load(w + n * kLanes);
                }
#pragma GCC unroll 12
                for (int m = 0; m < Pixels; ++m) {
                    const Vector a = broadcast(in[m / 3][(m % 3) * step]);
#pragma GCC unroll 4
                    for (int n = 0; n < Vectors; ++n) {
                        sum[m][n] = multiply_add(sum[m][n], a, b[n]);
                    }
                }
                w += Vectors * kLanes;
#pragma GCC unroll 4
                for (int g = 0; g < (Pixels + 2) / 3; ++g) {
                    ++in[g];
                }
            }
        }
        if (by_rows) {
            move_sums(sum, total);
        }
    }
    if (by_rows) {
        move_sums(total, sum);
    }
    if (task.finish.silu) {
        finish_tile<true>(sum, task, place);
    } else {
        finish_tile<false>(sum, task, place);
    }
}

struct Tiles {
    Tile of[kMaxBlock + 1][kMaxTilePixels + 1] = {};
};

template <int Vectors, int Pixels>
constexpr void fill(Tiles& tiles) {
    tiles.of[Vectors][Pixels] = tile<Pixels, Vectors>;
    if constexpr (Pixels > 1) {
        fill<Vectors, Pixels - 1>(tiles);
    }
}

constexpr Tiles all_tiles() {
    Tiles tiles;
    fill<1, tile_pixels(1)>(tiles);
    fill<2, tile_pixels(2)>(tiles);
    fill<3, tile_pixels(3)>(tiles);
    fill<4, tile_pixels(4)>(tiles);
    return tiles;
}
constexpr Tiles kTiles = all_tiles();

/// A row is cut into tiles of nearly the same size rather than full ones and a small rest.
constexpr int tiles_in(int pixels, int vectors) {
    const int most = tile_pixels(vectors);
    return (pixels + most - 1) / most;
}

// Three vectors by eight pixels is the best tile (11 loads for 24 products) where the row's length
// is a multiple of eight; four by six where it is one of six: what fills the registers best wins.
int widest_block(int pixels) {
    const int three = tiles_in(pixels, 3) * tile_pixels(3);
    const int four = tiles_in(pixels, 4) * tile_pixels(4);
    return four < three ? 4 : 3;
}

// A remainder of one vector is avoided: it would load as much as it computes.
int block(int vectors, int widest) {
    if (vectors <= kMaxBlock) {
        return vectors;
    }
    return vectors == kMaxBlock + 1 ? 3 : widest;
}

/// One block of output channels over pixels [first, last) of every row.
void conv_block(const ConvTask& task, TilePlace place, int first, int last, int wide) {
    for (place.row = 0; place.row < task.out_rows; ++place.row) {
        place.rows = task.rows + place.row * task.kernel_h;
        int left = tiles_in(last - first, wide);
        for (place.pixel = first; place.pixel < last; --left) {
            const int high = (last - place.pixel + left - 1) / left;
            kTiles.of[wide][high](task, place);
            place.pixel += high;
        }
    }
}

void conv(const ConvTask& task) {
    // The inputs of this many pixels stay in the second-level cache while all blocks of weights
    // pass.
    constexpr int kCachedUnits = 1 << 15;
    const int units = (task.channels + kNumbersPerUnit - 1) / kNumbersPerUnit;
    const int taps = task.kernel_h * task.kernel_w * units;
    int group = kCachedUnits / (units * task.kernel_w);
    group = group < kMaxTilePixels ? kMaxTilePixels : group;
    for (int first = 0; first < task.pixels; first += group) {
        const int last = first + group < task.pixels ? first + group : task.pixels;
        TilePlace place{};
        place.weights = static_cast<const Unit*>(task.weights);
        while (place.vector < task.vectors) {
            const int wide = block(task.vectors - place.vector, task.widest);
            conv_block(task, place, first, last, wide);
            place.weights += std::ptrdiff_t{taps} * wide * kLanes;
            place.vector += wide;
        }
    }
}

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result)

}  // namespace

}  // namespace closet
