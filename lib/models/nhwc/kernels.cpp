// Compiled once for each instruction set, with CLOSET_LANES = 16 (AVX-512) or 8 (AVX2 and FMA). See
// Note [NHWC kernels]: this file must not instantiate anything of the standard library.
#include "models/nhwc/kernels.h"

#include "models/nhwc/dense_kernel.h"
#include "models/nhwc/vector.h"

namespace closet {

namespace {

// Pixels, vectors and lanes of one row are small numbers: their products fit an int.
// NOLINTBEGIN(bugprone-implicit-widening-of-multiplication-result)

void dot(const ConvStrip& strip) {
    const int vectors = static_cast<int>(strip.tap_step) / kLanes;
    for (int pixel = 0; pixel < strip.pixels; ++pixel) {
        Vector sum{};
        for (int y = strip.row_begin; y < strip.row_end; ++y) {
            // The taps of a kernel row are neighbours in memory, in the picture as in the weights.
            const float* const in = strip.rows[y] + pixel * strip.pixel_step;
            const float* const w = strip.weights + y * strip.kernel_w * strip.tap_step;
            for (int v = 0; v < strip.kernel_w * vectors; ++v) {
                sum += load(in + v * kLanes) * load(w + v * kLanes);
            }
        }
        float total = strip.bias[0];
        for (int lane = 0; lane < kLanes; ++lane) {
            total += sum[lane];
        }
        if (strip.residual != nullptr) {
            total += strip.residual[pixel * strip.residual_step];
        }
        total = total > strip.low ? total : strip.low;
        total = total < strip.high ? total : strip.high;
        float* const out = strip.out + pixel * strip.out_step;
        for (std::ptrdiff_t c = 0; c < strip.out_step; c += kLanes) {
            store(out + c, Vector{});
        }
        *out = total;
    }
}

// --- depthwise convolution -----------------------------------------------------------------------

/// Pixels outputs of one vector of channels: each input is loaded once and feeds every output that
/// it reaches.
template <int Kernel, int Stride, int Pixels>
inline void depthwise_tile(const ConvStrip& strip, int pixel, int channel) {
    Vector sum[Pixels];
    const Vector start = load(strip.bias + channel);
#pragma GCC unroll 8
    for (int m = 0; m < Pixels; ++m) {
        sum[m] = start;
    }
    for (int y = strip.row_begin; y < strip.row_end; ++y) {
        const float* const w = strip.weights + y * Kernel * strip.out_step + channel;
        Vector weight[Kernel];
#pragma GCC unroll 5
        for (int x = 0; x < Kernel; ++x) {
            weight[x] = load(w + x * strip.out_step);
        }
        const float* in = strip.rows[y] + pixel * strip.pixel_step + channel;
#pragma GCC unroll 32
        for (int j = 0; j < Stride * (Pixels - 1) + Kernel; ++j) {
            const Vector value = load(in);
            in += strip.tap_step;
#pragma GCC unroll 5
            for (int x = 0; x < Kernel; ++x) {
                const int m = (j - x) / Stride;
                if (j >= x && (j - x) % Stride == 0 && m < Pixels) {
                    sum[m] += value * weight[x];
                }
            }
        }
    }
    float* out = strip.out + pixel * strip.out_step + channel;
#pragma GCC unroll 8
    for (int m = 0; m < Pixels; ++m) {
        store(out, clamp(sum[m], strip.low, strip.high));
        out += strip.out_step;
    }
}

template <int Kernel, int Stride>
void depthwise_row(const ConvStrip& strip) {
    int pixel = 0;
    const auto channels = [&](auto run) {
        for (int vector = 0; vector < strip.vectors; ++vector) {
            run(vector * kLanes);
        }
    };
    for (; strip.pixels - pixel >= 8; pixel += 8) {
        channels([&](int c) { depthwise_tile<Kernel, Stride, 8>(strip, pixel, c); });
    }
    for (; strip.pixels - pixel >= 4; pixel += 4) {
        channels([&](int c) { depthwise_tile<Kernel, Stride, 4>(strip, pixel, c); });
    }
    for (; strip.pixels - pixel >= 2; pixel += 2) {
        channels([&](int c) { depthwise_tile<Kernel, Stride, 2>(strip, pixel, c); });
    }
    for (; strip.pixels - pixel >= 1; pixel += 1) {
        channels([&](int c) { depthwise_tile<Kernel, Stride, 1>(strip, pixel, c); });
    }
}

void depthwise(const ConvStrip& strip) {
    const bool two = strip.pixel_step != strip.tap_step;
    if (strip.kernel_h == 3) {
        two ? depthwise_row<3, 2>(strip) : depthwise_row<3, 1>(strip);
    } else {
        two ? depthwise_row<5, 2>(strip) : depthwise_row<5, 1>(strip);
    }
}

// --- the rest ------------------------------------------------------------------------------------

void resize(const ResizeStrip& strip) {
    const float bottom = strip.weight;
    const float top = 1.0F - bottom;
    for (int pixel = 0; pixel < strip.pixels; ++pixel) {
        const float right = strip.weights[pixel];
        const float left = 1.0F - right;
        const float* const tl = strip.top + strip.left[pixel];
        const float* const tr = strip.top + strip.right[pixel];
        const float* const bl = strip.bottom + strip.left[pixel];
        const float* const br = strip.bottom + strip.right[pixel];
        for (int vector = 0; vector < strip.vectors; ++vector) {
            const int c = vector * kLanes;
            Vector value = top * (left * load(tl + c) + right * load(tr + c)) +
                           bottom * (left * load(bl + c) + right * load(br + c));
            if (strip.addend != nullptr) {
                value += load(strip.addend + pixel * strip.step + c);
            }
            store(strip.out + pixel * strip.step + c, value);
        }
    }
}

void add(const float* a, const float* b, float* out, std::size_t count, float low, float high) {
    for (std::size_t i = 0; i < count; i += kLanes) {
        store(out + i, clamp(load(a + i) + load(b + i), low, high));
    }
}

void maximum(const float* a, const float* b, float* out, std::size_t count) {
    for (std::size_t i = 0; i < count; i += kLanes) {
        const Vector left = load(a + i);
        const Vector right = load(b + i);
        store(out + i, left > right ? left : right);
    }
}

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result)

#if CLOSET_LANES == 16
constexpr const char* kName = "AVX-512";
#else
constexpr const char* kName = "AVX2";
#endif

constexpr NhwcKernels kKernels{.name = kName,
                               .lanes = kLanes,
                               .block = block,
                               .conv = conv,
                               .depthwise = depthwise,
                               .dot = dot,
                               .resize = resize,
                               .add = add,
                               .maximum = maximum};

}  // namespace

#if CLOSET_LANES == 16
const NhwcKernels& avx512_kernels() {
    return kKernels;
}
#else
const NhwcKernels& avx2_kernels() {
    return kKernels;
}
#endif

}  // namespace closet
