#pragma once

// Part of nhwc_kernels.cpp, which is compiled once for each instruction set: everything is in an
// unnamed namespace, so that no copy for one set is linked where another is meant.

#include <cstddef>

#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

namespace closet {

namespace {

// Pixels, vectors and lanes of one row are small numbers: their products fit an int.
// NOLINTBEGIN(bugprone-implicit-widening-of-multiplication-result)

// Accumulators of a tile: of the 32 (AVX-512) or 16 (AVX2) registers, the rest hold the weights of
// one input channel and one input value.
constexpr int kAccumulators = kLanes == 16 ? 24 : 12;
constexpr int kMaxBlock = 4;        // vectors of output channels in a tile
constexpr int kMaxTilePixels = 12;  // beyond this the pixels' addresses need too many registers

constexpr int tile_pixels(int vectors) {
    const int fit = kAccumulators / vectors;
    return fit < kMaxTilePixels ? fit : kMaxTilePixels;
}

using Tile = void (*)(const ConvStrip& strip, const float* weights, int pixel, int vector);

/// Pixels x Vectors outputs stay in registers over all taps and input channels; each input value is
/// broadcast once and meets Vectors weights.
template <int Pixels, int Vectors>
void tile(const ConvStrip& strip, const float* weights, int pixel, int vector) {
    const int channel = vector * kLanes;
    Vector sum[Pixels][Vectors];
#pragma GCC unroll 4
    for (int n = 0; n < Vectors; ++n) {
        const Vector start = load(strip.bias + channel + n * kLanes);
#pragma GCC unroll 12
        for (int m = 0; m < Pixels; ++m) {
            sum[m][n] = start;
        }
    }
    const std::ptrdiff_t step = strip.pixel_step;
    const std::ptrdiff_t row_weights =
        std::ptrdiff_t{strip.kernel_w} * strip.channels * Vectors * kLanes;
    for (int y = strip.row_begin; y < strip.row_end; ++y) {
        const float* w = weights + y * row_weights;
        for (int x = 0; x < strip.kernel_w; ++x) {
            // One pointer for three pixels: two more are one and two index registers away.
            const float* in[(Pixels + 2) / 3];
#pragma GCC unroll 4
            for (int g = 0; g < (Pixels + 2) / 3; ++g) {
                in[g] = strip.rows[y] + x * strip.tap_step + (pixel + 3 * g) * step;
            }
            for (int c = 0; c < strip.channels; ++c) {
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
                        sum[m][n] += a * b[n];
                    }
                }
                w += Vectors * kLanes;
#pragma GCC unroll 4
                for (int g = 0; g < (Pixels + 2) / 3; ++g) {
                    ++in[g];
                }
            }
        }
    }
#pragma GCC unroll 12
    for (int m = 0; m < Pixels; ++m) {
        float* const out = strip.out + (pixel + m) * strip.out_step + channel;
#pragma GCC unroll 4
        for (int n = 0; n < Vectors; ++n) {
            Vector value = sum[m][n];
            if (strip.residual != nullptr) {
                value +=
                    load(strip.residual + (pixel + m) * strip.residual_step + channel + n * kLanes);
            }
            store(out + n * kLanes, clamp(value, strip.low, strip.high));
        }
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

// Three vectors by eight pixels is the best tile (11 loads for 24 products, and 8 divides every
// width that the networks have); a remainder of one is avoided by a block of four.
int block(int vectors) {
    if (vectors <= kMaxBlock) {
        return vectors;
    }
    return 3;
}

void conv(const ConvStrip& strip) {
    // The inputs of this many pixels stay in the second-level cache while all blocks of weights
    // pass.
    constexpr int kCachedFloats = 1 << 15;
    const int taps = strip.kernel_h * strip.kernel_w * strip.channels;
    int group = kCachedFloats / taps;
    group = group < kMaxTilePixels ? kMaxTilePixels : group;
    for (int first = 0; first < strip.pixels; first += group) {
        const int last = first + group < strip.pixels ? first + group : strip.pixels;
        const float* weights = strip.weights;
        for (int vector = 0; vector < strip.vectors;) {
            const int wide = block(strip.vectors - vector);
            // Tiles of nearly the same size rather than full ones and a small rest.
            const int most = tile_pixels(wide);
            int left = (last - first + most - 1) / most;
            for (int pixel = first; pixel < last; --left) {
                const int high = (last - pixel + left - 1) / left;
                kTiles.of[wide][high](strip, weights, pixel, vector);
                pixel += high;
            }
            weights += std::ptrdiff_t{taps} * wide * kLanes;
            vector += wide;
        }
    }
}

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result)

}  // namespace

}  // namespace closet
