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
constexpr int kMaxTilePixels = 12;  // beyond this the pixels' addresses need too many registers

constexpr int tile_pixels(int vectors) {
    const int fit = kAccumulators / vectors;
    return fit < kMaxTilePixels ? fit : kMaxTilePixels;
}

/// 32-bit units of the input's channels.
inline int units_of(const ConvTask& task) {
    return (task.channels + kNumbersPerUnit - 1) / kNumbersPerUnit;
}

/// A row of the kernel is read in runs of units that lie side by side: without padding or gaps
/// between its taps it is one.
struct Runs {
    int count, length;
};
inline Runs runs_of(const ConvTask& task) {
    const int units = units_of(task);
    const bool joined = task.tap_step / kNumbersPerUnit == units;
    return joined ? Runs{1, units * task.kernel_w} : Runs{task.kernel_w, units};
}

/// Where a tile lies: `rows` are the kernel's rows for output row `row`.
struct TilePlace {
    const void* const* rows;
    const Unit* weights;
    int row, pixel, vector;
    int tap_begin, tap_end;  ///< rows of the kernel that are summed now ...
    int run_begin, run_end;  ///< ... and runs of a row ...
    Unit* partial;           ///< ... onto what earlier ones gave, vector after vector; or null
    const Unit* ahead;       ///< weights that are wanted next, fetched a cache line a unit ...
    int ahead_step;          ///< ... or 0, not at all
};
/// Computes `count` tiles side by side, the first at `place`.
using Tiles = void (*)(const ConvTask& task, const TilePlace& place, int count);

template <int Pixels, int Vectors>
__attribute__((always_inline)) inline void finish_tile(const Sum (&sum)[Pixels][Vectors],
                                                       const ConvTask& task,
                                                       const TilePlace& place) {
    with_finisher(
        task, place.row, [&](const auto& at_row) __attribute__((always_inline)) {
            auto finish = at_row.moved(place.pixel, place.vector * kLanes);
#pragma GCC unroll 12
            for (int m = 0; m < Pixels; ++m) {
#pragma GCC unroll 4
                for (int n = 0; n < Vectors; ++n) {
                    finish(sum[m][n], n);
                }
                finish.to_next_pixel();
            }
        });
}

inline bool is_first(const TilePlace& place) {
    return place.tap_begin == 0 && place.run_begin == 0;
}

/// Adds what earlier parts of the kernel gave, and tells whether later ones follow: then the sums
/// are kept for them.
template <int Pixels, int Vectors>
inline bool pass_on(Sum (&sum)[Pixels][Vectors], const ConvTask& task, const TilePlace& place) {
    if (place.partial == nullptr) {
        return false;
    }
    const bool last = place.tap_end == task.kernel_h && place.run_end == runs_of(task).count;
#pragma GCC unroll 12
    for (int m = 0; m < Pixels; ++m) {
#pragma GCC unroll 4
        for (int n = 0; n < Vectors; ++n) {
            Unit* const kept = place.partial + (m * Vectors + n) * kLanes;
            if (!is_first(place)) {
                sum[m][n] += (Sum)load(kept);
            }
            if (!last) {
                store(kept, (Vector)sum[m][n]);
            }
        }
    }
    return !last;
}

/// What the sums of the output channels from `channel` on begin with.
inline Sum start_of(const ConvTask& task, const TilePlace& place, int channel) {
#ifdef CLOSET_INT8
    return place.run_begin == 0
               ? corrections_of(task, place.rows, place.tap_begin, place.tap_end, channel)
               : Sum{};
#else
    return is_first(place) ? load(task.bias + channel) : Vector{};
#endif
}

/// The products of an input unit of each pixel. Goes on behind them.
template <int Pixels, int Vectors>
inline void add_unit(Sum (&sum)[Pixels][Vectors], const Unit* (&in)[(Pixels + 2) / 3],
                     std::ptrdiff_t step, const Unit*& w) {
    Vector b[Vectors];
#pragma GCC unroll 4
    for (int n = 0; n < Vectors; ++n) {
        b[n] = load(w + n * kLanes);
    }
#pragma GCC unroll 12
    for (int m = 0; m < Pixels; ++m) {
        const Sum a = spread(in[m / 3] + (m % 3) * step);
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

/// Pixels x Vectors outputs stay in registers over all taps and input units; each input unit is
/// broadcast once and meets Vectors weights.
template <int Pixels, int Vectors>
void tiles(const ConvTask& task, const TilePlace& first, int count) {
    // Copies, since all that is stored might change the originals, for what the compiler knows.
    TilePlace place = first;
    const std::ptrdiff_t step = task.pixel_step / kNumbersPerUnit;
    const std::ptrdiff_t tap_step = task.tap_step / kNumbersPerUnit;
    const Runs runs = runs_of(task);
    const std::ptrdiff_t row_weights = std::ptrdiff_t{runs.count} * runs.length * Vectors * kLanes;
    const std::ptrdiff_t skipped = std::ptrdiff_t{place.run_begin} * runs.length * Vectors * kLanes;
    for (; count > 0; --count) {
        Sum sum[Pixels][Vectors];
#pragma GCC unroll 4
        for (int n = 0; n < Vectors; ++n) {
            const Sum start = start_of(task, place, (place.vector + n) * kLanes);
#pragma GCC unroll 12
            for (int m = 0; m < Pixels; ++m) {
                sum[m][n] = start;
            }
        }
        for (int y = place.tap_begin; y < place.tap_end; ++y) {
            if (place.rows[y] == nullptr) {
                place.ahead += place.ahead_step * (place.run_end - place.run_begin) * runs.length;
                continue;
            }
            const Unit* w = place.weights + y * row_weights + skipped;
            for (int x = place.run_begin; x < place.run_end; ++x) {
                // One pointer for three pixels: two more are one and two index registers away.
                const Unit* in[(Pixels + 2) / 3];
#pragma GCC unroll 4
                for (int g = 0; g < (Pixels + 2) / 3; ++g) {
                    in[g] = static_cast<const Unit*>(place.rows[y]) + x * tap_step +
                            (place.pixel + 3 * g) * step;
                }
                for (int c = 0; c < runs.length; ++c) {
                    __builtin_prefetch(place.ahead, 0, 2);
                    place.ahead += place.ahead_step;
                    add_unit(sum, in, step, w);
                }
            }
        }
        if (!pass_on(sum, task, place)) {
            finish_tile(sum, task, place);
        }
        place.pixel += Pixels;
        if (place.partial != nullptr) {
            place.partial += Pixels * Vectors * kLanes;
        }
    }
}

struct AllTiles {
    Tiles of[kMaxBlock + 1][kMaxTilePixels + 1] = {};
};

template <int Vectors, int Pixels>
constexpr void fill(AllTiles& all) {
    all.of[Vectors][Pixels] = tiles<Pixels, Vectors>;
    if constexpr (Pixels > 1) {
        fill<Vectors, Pixels - 1>(all);
    }
}

constexpr AllTiles all_tiles() {
    AllTiles all;
    fill<1, tile_pixels(1)>(all);
    fill<2, tile_pixels(2)>(all);
    fill<3, tile_pixels(3)>(all);
    fill<4, tile_pixels(4)>(all);
    return all;
}
constexpr AllTiles kTiles = all_tiles();

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

/// Where a block's tiles lie: pixels [first, last) of rows [top, bottom).
struct Region {
    int first, last, top, bottom;
};

/// One block of output channels over a region, for the place's part of the kernel.
void conv_block(const ConvTask& task, TilePlace place, const Region& region, int wide) {
    const int taps = (place.tap_end - place.tap_begin) * (place.run_end - place.run_begin) *
                     runs_of(task).length;
    const int pixels = region.last - region.first;
    const int count = tiles_in(pixels, wide), low = pixels / count;
    const int parts[2] = {pixels % count, count - pixels % count};  // of low + 1 pixels, and of low
    for (place.row = region.top; place.row < region.bottom; ++place.row) {
        place.rows = task.rows + place.row * task.kernel_h;
        place.pixel = region.first;
        for (int i = 0; i < 2; ++i) {
            const int high = low + 1 - i;
            if (parts[i] == 0) {
                continue;
            }
            kTiles.of[wide][high](task, place, parts[i]);
            place.pixel += parts[i] * high;
            place.ahead += std::ptrdiff_t{place.ahead_step} * taps * parts[i];
            if (place.partial != nullptr) {
                place.partial += parts[i] * high * wide * kLanes;
            }
        }
    }
}

// A block's weights that the second-level cache does not hold are read in parts, a run of the
// kernel each, for as many output rows as there is room for their sums. (Sums in parts are also
// closer: of tens of thousands of products, each part's rounding is that of its own size.)
void conv_parts(const ConvTask& task, TilePlace place, Region region, int wide) {
    constexpr int kKept = 1 << 13;  // floats, 32 KB
    alignas(64) Unit kept[kKept];
    const int row = (region.last - region.first) * wide * kLanes;
    const int rows = kKept / row;
    if (rows == 0) {
        conv_block(task, place, region, wide);
        return;
    }
    place.partial = kept;
    const Runs runs = runs_of(task);
    const int part = runs.length * wide * kLanes;
    for (region.top = 0; region.top < task.out_rows; region.top = region.bottom) {
        region.bottom = region.top + rows < task.out_rows ? region.top + rows : task.out_rows;
        for (int i = 0; i < task.kernel_h * runs.count; ++i) {
            place.tap_begin = i / runs.count;
            place.tap_end = place.tap_begin + 1;
            place.run_begin = i % runs.count;
            place.run_end = place.run_begin + 1;
            place.ahead = place.weights + std::ptrdiff_t{i + 1} * part;
            conv_block(task, place, region, wide);
        }
    }
}

void conv(const ConvTask& task) {
    // The inputs of this many pixels stay in the second-level cache while all blocks of weights
    // pass.
    constexpr int kCachedUnits = 1 << 15;
    constexpr int kCachedWeights = 3 << 16;  // of a block, 768 KB
    const int units = units_of(task);
    const int taps = task.kernel_h * task.kernel_w * units;
    // Weights come from the third-level cache, since those of a network fill the second: a block is
    // on its way while the one before it is used. (Few weights stay where they are.)
    constexpr int kFewWeights = 1 << 14;
    constexpr int kLineUnits = 16;  // a cache line
    const bool fetches = taps * task.vectors * kLanes > kFewWeights;
    int group = kCachedUnits / (units * task.kernel_w);
    group = group < kMaxTilePixels ? kMaxTilePixels : group;
    for (int first = 0; first < task.pixels; first += group) {
        const int last = first + group < task.pixels ? first + group : task.pixels;
        const Region region{first, last, 0, task.out_rows};
        TilePlace place{};
        place.weights = static_cast<const Unit*>(task.weights);
        place.tap_end = task.kernel_h;
        place.run_end = runs_of(task).count;
        while (place.vector < task.vectors) {
            const int wide = block(task.vectors - place.vector, task.widest);
            const int weights = taps * wide * kLanes;
            place.ahead = place.weights + (fetches ? weights : 0);
            place.ahead_step = fetches ? kLineUnits : 0;
            const bool parts = weights > kCachedWeights && task.out_rows > 1;
            parts ? conv_parts(task, place, region, wide) : conv_block(task, place, region, wide);
            place.weights += weights;
            place.vector += wide;
        }
    }
}

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result)

}  // namespace

}  // namespace closet
