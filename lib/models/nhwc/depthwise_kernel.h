#pragma once

// Part of kernels.cpp, which is compiled once for each instruction set: everything is in an unnamed
// namespace, so that no copy for one set is linked where another is meant.

#include "models/nhwc/finish.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/vector.h"

#ifdef CLOSET_INT8
#include "models/nhwc/depthwise_int8.h"
#endif

namespace closet {

namespace {

// Pixels, vectors and lanes of one row are small numbers: their products fit an int.
// NOLINTBEGIN(bugprone-implicit-widening-of-multiplication-result)

#ifndef CLOSET_INT8
/// Pixels outputs of one vector of channels: each input is loaded once and feeds every output that
/// it reaches.
template <int Kernel, int Stride, int Pixels>
__attribute__((always_inline)) inline void depthwise_tile(const ConvTask& task, int row, int pixel,
                                                          int channel) {
    Vector sum[Pixels];
    const Vector start = load(task.bias + channel);
#pragma GCC unroll 8
    for (int m = 0; m < Pixels; ++m) {
        sum[m] = start;
    }
    const std::ptrdiff_t tap_weights = task.vectors * kLanes;
    for (int y = 0; y < Kernel; ++y) {
        const void* const line = task.rows[row * Kernel + y];
        if (line == nullptr) {
            continue;
        }
        const Unit* const w =
            static_cast<const Unit*>(task.weights) + y * Kernel * tap_weights + channel;
        Vector weight[Kernel];
#pragma GCC unroll 5
        for (int x = 0; x < Kernel; ++x) {
            weight[x] = load(w + x * tap_weights);
        }
        const Number* in = static_cast<const Number*>(line) + pixel * task.pixel_step + channel;
#pragma GCC unroll 32
        for (int j = 0; j < Stride * (Pixels - 1) + Kernel; ++j) {
            const Vector value = load(in);
            in += task.tap_step;
#pragma GCC unroll 5
            for (int x = 0; x < Kernel; ++x) {
                const int m = (j - x) / Stride;
                if (j >= x && (j - x) % Stride == 0 && m < Pixels) {
                    sum[m] += value * weight[x];
                }
            }
        }
    }
    finish_pixels(sum, task, row, pixel, channel);
}

#endif

template <int Kernel, int Stride, int Pixels>
__attribute__((noinline)) int depthwise_run(const ConvTask& task, int row, int pixel) {
    for (; task.pixels - pixel >= Pixels; pixel += Pixels) {
        for (int vector = 0; vector < task.vectors; ++vector) {
            depthwise_tile<Kernel, Stride, Pixels>(task, row, pixel, vector * kLanes);
        }
    }
    return pixel;
}

template <int Kernel, int Stride>
void depthwise_rows(const ConvTask& task) {
    for (int row = 0; row < task.out_rows; ++row) {
        int pixel = 0;
        // Six at once where that leaves no rest.
        if (task.pixels % 6 == 0 && task.pixels % 8 != 0) {
            pixel = depthwise_run<Kernel, Stride, 6>(task, row, pixel);
        }
        pixel = depthwise_run<Kernel, Stride, 8>(task, row, pixel);
        pixel = depthwise_run<Kernel, Stride, 4>(task, row, pixel);
        pixel = depthwise_run<Kernel, Stride, 2>(task, row, pixel);
        depthwise_run<Kernel, Stride, 1>(task, row, pixel);
    }
}

void depthwise(const ConvTask& task) {
    const bool two = task.pixel_step != task.tap_step;
    if (task.kernel_h == 3) {
        two ? depthwise_rows<3, 2>(task) : depthwise_rows<3, 1>(task);
    } else {
        two ? depthwise_rows<5, 2>(task) : depthwise_rows<5, 1>(task);
    }
}

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result)

}  // namespace

}  // namespace closet
