#pragma once

// Part of kernels.cpp, which is compiled once for each instruction set: everything is in an unnamed
// namespace, so that no copy for one set is linked where another is meant.

#include <cstddef>

#include "models/nhwc/finish.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

namespace closet {

namespace {

#if defined(CLOSET_INT8) || defined(CLOSET_BF16)
constexpr void (*kReadTiles)(const ReadTilesTask&) = nullptr;
constexpr void (*kWriteTiles)(const WriteTilesTask&) = nullptr;
#else

// Tiles, pixels and lanes of one row are small numbers: their products fit an int.
// NOLINTBEGIN(bugprone-implicit-widening-of-multiplication-result)

/// What a tile's pixels become along an axis, and what its points become: Note [Winograd] tells
/// where the numbers come from.
template <int Points, int Stride>
struct Transforms;
template <>
struct Transforms<4, 1> {
    static constexpr float kIn[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
    static constexpr float kOut[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
};
template <>
struct Transforms<5, 1> {
    static constexpr float kIn[5][5] = {{2, -1, -2, 1, 0},
                                        {0, -2, -1, 1, 0},
                                        {0, 2, -3, 1, 0},
                                        {0, -1, 0, 1, 0},
                                        {0, 2, -1, -2, 1}};
    static constexpr float kOut[2][5] = {{1, 1, 1, 1, 0}, {0, 1, -1, 2, 1}};
};
template <>
struct Transforms<5, 2> {
    static constexpr float kIn[5][5] = {
        {1, 0, -1, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, -1, 0, 1}, {0, 1, 0, 0, 0}, {0, 0, 0, 1, 0}};
    static constexpr float kOut[2][5] = {{1, 1, 0, 1, 0}, {0, 1, 1, 0, 1}};
};

/// The sum of x times factors that are known when this is compiled.
template <int Points>
inline Vector combine(const float (&factors)[Points], const Vector (&x)[Points]) {
    Vector sum{};
    bool is_first = true;
#pragma GCC unroll 5
    for (int i = 0; i < Points; ++i) {
        if (factors[i] != 0) {
            sum = is_first ? factors[i] * x[i] : sum + factors[i] * x[i];
            is_first = false;
        }
    }
    return sum;
}

/// One vector of channels of a tile. `read(y, x)` gives its pixels.
template <int Points, int Stride, class Read>
inline void tile_in(const Read& read, float* to, std::ptrdiff_t planes) {
    Vector half[Points][Points];
#pragma GCC unroll 5
    for (int x = 0; x < Points; ++x) {
        Vector column[Points];
#pragma GCC unroll 5
        for (int y = 0; y < Points; ++y) {
            column[y] = read(y, x);
        }
#pragma GCC unroll 5
        for (int i = 0; i < Points; ++i) {
            half[i][x] = combine<Points>(Transforms<Points, Stride>::kIn[i], column);
        }
    }
#pragma GCC unroll 5
    for (int i = 0; i < Points; ++i) {
#pragma GCC unroll 5
        for (int j = 0; j < Points; ++j) {
            store(to + (i * Points + j) * planes,
                  combine<Points>(Transforms<Points, Stride>::kIn[j], half[i]));
        }
    }
}

template <int Points, int Stride>
void read_tiles_of(const ReadTilesTask& task) {
    // A row outside the picture is read as one of zeros that has no length.
    static constexpr float kZeros[kLanes] = {};
    const float* rows[Points];
    std::ptrdiff_t pixel[Points], step[Points];
    bool whole = true;
    for (int y = 0; y < Points; ++y) {
        const bool exists = task.rows[y] != nullptr;
        rows[y] = exists ? task.rows[y] : kZeros;
        pixel[y] = exists ? task.pixel : 0;
        step[y] = exists ? 1 : 0;
        whole = whole && exists;
    }
    for (int tile = 0; tile < task.tiles; ++tile) {
        const int left = 2 * Stride * tile - task.before;
        const bool inside = left >= 0 && left + Points <= task.width;
        float* const to = task.to + tile * task.vectors * kLanes;
        for (int c = 0; c < task.vectors * kLanes; c += kLanes) {
            if (inside && whole) {
                tile_in<Points, Stride>(
                    [&](int y, int x) { return load(rows[y] + (left + x) * task.pixel + c); },
                    to + c, task.planes);
                continue;
            }
            tile_in<Points, Stride>(
                [&](int y, int x) {
                    const int column = left + x;
                    return column < 0 || column >= task.width
                               ? Vector{}
                               : load(rows[y] + column * pixel[y] + c * step[y]);
                },
                to + c, task.planes);
        }
    }
}

void read_tiles(const ReadTilesTask& task) {
    task.points == 4   ? read_tiles_of<4, 1>(task)
    : task.stride == 1 ? read_tiles_of<5, 1>(task)
                       : read_tiles_of<5, 2>(task);
}

template <int Points, int Stride, bool Silu, bool Residual>
void write_tiles_of(const WriteTilesTask& task) {
    const ConvTask& conv = *task.conv;
    const Finisher<Silu, Residual> finish[2] = {{conv, 0}, {conv, 1}};
    const int pitch = conv.vectors * kLanes;
    for (int tile = 0; tile < task.tiles; ++tile) {
        const int columns = conv.pixels - 2 * tile < 2 ? conv.pixels - 2 * tile : 2;
        for (int c = 0; c < pitch; c += kLanes) {
            const float* const from = task.from + tile * pitch + c;
            Vector half[2][Points];
#pragma GCC unroll 5
            for (int x = 0; x < Points; ++x) {
                Vector column[Points];
#pragma GCC unroll 5
                for (int y = 0; y < Points; ++y) {
                    column[y] = load(from + (y * Points + x) * task.planes);
                }
                half[0][x] = combine<Points>(Transforms<Points, Stride>::kOut[0], column);
                half[1][x] = combine<Points>(Transforms<Points, Stride>::kOut[1], column);
            }
            const Vector bias = load(conv.bias + c);
            for (int y = task.first; y < task.end; ++y) {
                auto to = finish[y].moved(2 * tile, c);
                to(bias + combine<Points>(Transforms<Points, Stride>::kOut[0], half[y]), 0);
                if (columns == 2) {
                    to.to_next_pixel();
                    to(bias + combine<Points>(Transforms<Points, Stride>::kOut[1], half[y]), 0);
                }
            }
        }
    }
}

template <int Points, int Stride>
void write_tiles_of(const WriteTilesTask& task) {
    const bool residual = task.conv->finish.residual != nullptr;
    if (task.conv->finish.silu) {
        residual ? write_tiles_of<Points, Stride, true, true>(task)
                 : write_tiles_of<Points, Stride, true, false>(task);
    } else {
        residual ? write_tiles_of<Points, Stride, false, true>(task)
                 : write_tiles_of<Points, Stride, false, false>(task);
    }
}

void write_tiles(const WriteTilesTask& task) {
    task.points == 4   ? write_tiles_of<4, 1>(task)
    : task.stride == 1 ? write_tiles_of<5, 1>(task)
                       : write_tiles_of<5, 2>(task);
}

constexpr auto* kReadTiles = read_tiles;
constexpr auto* kWriteTiles = write_tiles;

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result)

#endif

}  // namespace

}  // namespace closet
