#pragma once

// Part of depthwise_kernel.h, for kernels that store numbers as uint8.

#include "models/nhwc/finish.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

namespace closet {

namespace {

// Pixels, vectors and lanes of one row are small numbers: their products fit an int.
// NOLINTBEGIN(bugprone-implicit-widening-of-multiplication-result)

/// Up to four kernel rows are multiplied at once: a lane holds its channel of as many input rows.
constexpr int kRowsAtOnce = 4;

/// `rows` of one column of the input, from kernel row `first` on.
template <int Kernel, int First>
inline Sum gather_column(const Number* const (&rows)[Kernel], std::ptrdiff_t at) {
    constexpr int kRows = Kernel - First < kRowsAtOnce ? Kernel - First : kRowsAtOnce;
    const Number* some[kRows];
#pragma GCC unroll 4
    for (int y = 0; y < kRows; ++y) {
        some[y] = rows[First + y] + at;
    }
    return gather_rows(some);
}

/// Pixels outputs of one vector of channels: each column of the input is gathered once and feeds
/// every output that it reaches.
template <int Kernel, int Stride, int Pixels>
__attribute__((always_inline)) inline void depthwise_tile(const ConvTask& task, int row, int pixel,
                                                          int channel) {
    constexpr int kGroups = (Kernel + kRowsAtOnce - 1) / kRowsAtOnce;
    const void* const* const lines = task.rows + row * Kernel;
    const Number* rows[Kernel];
    std::uint32_t there[2] = {};  // bytes of the weights whose rows exist
    const void* any = nullptr;
    for (int y = 0; y < Kernel; ++y) {
        any = lines[y] != nullptr ? lines[y] : any;
    }
    for (int y = 0; y < Kernel; ++y) {
        const void* const line = lines[y] != nullptr ? lines[y] : any;
        rows[y] = static_cast<const Number*>(line) + pixel * task.pixel_step + channel;
        there[y / kRowsAtOnce] |= lines[y] != nullptr ? 0xFFU << (8 * (y % kRowsAtOnce)) : 0;
    }
    Sum sum[Pixels];
    const Sum start = corrections_of(task, lines, 0, Kernel, channel);
#pragma GCC unroll 8
    for (int m = 0; m < Pixels; ++m) {
        sum[m] = start;
    }
    const std::ptrdiff_t tap_weights = task.vectors * kLanes;
    Vector weight[kGroups][Kernel];
#pragma GCC unroll 2
    for (int g = 0; g < kGroups; ++g) {
        const Sum mask = Sum{} + static_cast<std::int32_t>(there[g]);
#pragma GCC unroll 5
        for (int x = 0; x < Kernel; ++x) {
            const Unit* const w =
                static_cast<const Unit*>(task.weights) + (g * Kernel + x) * tap_weights + channel;
            weight[g][x] = (Vector)((Sum)load(w) & mask);
        }
    }
#pragma GCC unroll 32
    for (int j = 0; j < Stride * (Pixels - 1) + Kernel; ++j) {
        Sum value[kGroups];
        value[0] = gather_column<Kernel, 0>(rows, j * task.tap_step);
        if constexpr (kGroups == 2) {
            value[1] = gather_column<Kernel, kRowsAtOnce>(rows, j * task.tap_step);
        }
#pragma GCC unroll 5
        for (int x = 0; x < Kernel; ++x) {
            const int m = (j - x) / Stride;
            if (j >= x && (j - x) % Stride == 0 && m < Pixels) {
#pragma GCC unroll 2
                for (int g = 0; g < kGroups; ++g) {
                    sum[m] = multiply_add(sum[m], value[g], weight[g][x]);
                }
            }
        }
    }
    finish_pixels(sum, task, row, pixel, channel);
}

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result)

}  // namespace

}  // namespace closet
