// Compiled once for each instruction set, with CLOSET_LANES = 16 (AVX-512), 8 (AVX2 and FMA) or 4
// (any processor), once with 16 and CLOSET_BF16 (AVX-512 BF16), and with 16 or 8 and CLOSET_INT8,
// with CLOSET_VNNI or without. See Note [NHWC kernels]: this file must not instantiate anything of
// the standard library.
#include "models/nhwc/kernels.h"

#include "models/nhwc/dense_kernel.h"
#include "models/nhwc/depthwise_kernel.h"
#include "models/nhwc/vector.h"
#include "models/nhwc/winograd_kernel.h"

namespace closet {

namespace {

// Pixels, vectors and lanes of one row are small numbers: their products fit an int.
// NOLINTBEGIN(bugprone-implicit-widening-of-multiplication-result)

using Lanes = std::int32_t __attribute__((vector_size(kLanes * sizeof(std::int32_t))));

/// Of every 2 * Half lanes of `a` and `b` the sum of both halves, those of `a` first.
template <int Half>
inline Vector add_halves(Vector a, Vector b) {
    Lanes lower{};
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) {
        const int start = i / (2 * Half) * (2 * Half), within = i % (2 * Half);
        lower[i] = start + (within < Half ? within : kLanes + within - Half);
    }
    return __builtin_shuffle(a, b, lower) + __builtin_shuffle(a, b, lower + Half);
}

/// In lane i the sum of all lanes of sums[i].
template <int Half = 1>
inline Vector add_lanes(const Vector* sums) {
    if constexpr (Half == kLanes) {
        return *sums;
    } else {
        Vector halves[kLanes / Half / 2];
#pragma GCC unroll 8
        for (int i = 0; i < kLanes / Half / 2; ++i) {
            halves[i] = add_halves<Half>(sums[2 * i], sums[2 * i + 1]);
        }
        return add_lanes<2 * Half>(halves);
    }
}

/// Stores the only channel of `pixels` pixels, a lane each, and zeros behind it up to the smallest
/// pitch that there is.
inline void store_singles(const ConvTask& task, Vector values, int row, int pixel, int pixels) {
    constexpr int kPitch = kElement != Element::kFloat || kLanes < 8 ? kLanes : 8;
    values = task.finish.silu ? silu(values) : clamp(values, task.finish.low, task.finish.high);
    using Pixel = float __attribute__((vector_size(kPitch * sizeof(float)), aligned(4), may_alias));
    for (int m = 0; m < pixels; ++m) {
        const std::ptrdiff_t at = row * task.out_row + (pixel + m) * task.out_step;
        if (kElement != Element::kFloat && !task.float_out) {
            Vector single{};
            single[0] = values[m];
            store(static_cast<Number*>(task.out) + at, single);
        } else {
            Pixel single{};
            single[0] = values[m];
            *reinterpret_cast<Pixel*>(static_cast<Unit*>(task.out) + at) = single;
        }
    }
}

/// The only channel of as many pixels as there are lanes: a sum each, so that none waits for the
/// one before.
template <int Pixels>
inline void dot_pixels(const ConvTask& task, int row, int pixel) {
    const std::ptrdiff_t tap_weights = task.vectors * kLanes;
    // Without others between them the taps of a row are one run.
    const bool joined = task.tap_step == tap_weights;
    const int runs = joined ? 1 : task.kernel_w;
    const std::ptrdiff_t length = joined ? task.kernel_w * tap_weights : tap_weights;
    Vector sums[kLanes] = {};
    for (int y = 0; y < task.kernel_h; ++y) {
        const void* const line = task.rows[row * task.kernel_h + y];
        if (line == nullptr) {
            continue;
        }
        const Number* in = static_cast<const Number*>(line) + pixel * task.pixel_step;
        const Unit* w = static_cast<const Unit*>(task.weights) + y * task.kernel_w * tap_weights;
        for (int x = 0; x < runs; ++x) {
            for (std::ptrdiff_t c = 0; c < length; c += kLanes) {
                const Vector weight = load(w + c);
#pragma GCC unroll 16
                for (int m = 0; m < Pixels; ++m) {
                    sums[m] += load(in + m * task.pixel_step + c) * weight;
                }
            }
            in += task.tap_step;
            w += tap_weights;
        }
    }
    store_singles(task, add_lanes(sums) + task.bias[0], row, pixel, Pixels);
}

void dot(const ConvTask& task) {
    for (int row = 0; row < task.out_rows; ++row) {
        int pixel = 0;
        for (; pixel + kLanes <= task.pixels; pixel += kLanes) {
            dot_pixels<kLanes>(task, row, pixel);
        }
        for (; pixel < task.pixels; ++pixel) {
            dot_pixels<1>(task, row, pixel);
        }
    }
}

void resize(const ResizeTask& task) {
    const float bottom = task.weight;
    const float top = 1.0F - bottom;
    const auto* const upper = static_cast<const Number*>(task.top);
    const auto* const lower = static_cast<const Number*>(task.bottom);
    for (int pixel = 0; pixel < task.pixels; ++pixel) {
        const float right = task.weights[pixel];
        const float left = 1.0F - right;
        const std::ptrdiff_t from = task.left[pixel] * task.in_step;
        const std::ptrdiff_t to = task.right[pixel] * task.in_step;
        for (int vector = 0; vector < task.vectors; ++vector) {
            const int c = vector * kLanes;
            Vector value = top * (left * load(upper + from + c) + right * load(upper + to + c)) +
                           bottom * (left * load(lower + from + c) + right * load(lower + to + c));
            if (task.addend != nullptr) {
                value +=
                    load(static_cast<const Number*>(task.addend) + pixel * task.addend_step + c);
            }
            store(static_cast<Number*>(task.out) + pixel * task.out_step + c, value);
        }
    }
}

/// `combine(a, offset in b)` for every vector of a row.
template <class Combine>
inline void each_vector(const RowTask& task, Combine combine) {
    for (int pixel = 0; pixel < task.pixels; ++pixel) {
        const Number* const a = static_cast<const Number*>(task.a) + pixel * task.a_step;
        Number* const out = static_cast<Number*>(task.out) + pixel * task.out_step;
        for (int vector = 0; vector < task.vectors; ++vector) {
            const int c = vector * kLanes;
            store(out + c, combine(load(a + c), pixel * task.b_step + c));
        }
    }
}

void add(const RowTask& task, float low, float high) {
    each_vector(task, [&](Vector a, std::ptrdiff_t at) {
        return clamp(a + load(static_cast<const Number*>(task.b) + at), low, high);
    });
}

void maximum(const RowTask& task) {
    each_vector(task, [&](Vector a, std::ptrdiff_t at) {
        return larger(a, load(static_cast<const Number*>(task.b) + at));
    });
}

void scale(const RowTask& task) {
    each_vector(task, [&](Vector a, std::ptrdiff_t at) {
        return a * load(static_cast<const Unit*>(task.b) + at);
    });
}

void bend(const RowTask& task, Activation activation) {
    const auto every = [&](auto curve) {
        each_vector(task, [&](Vector a, std::ptrdiff_t) { return curve(a); });
    };
    constexpr float kSixth = 1.0F / 6.0F;
    switch (activation) {
        case Activation::kHardSwish:
            return every([](Vector x) { return x * (clamp(x + 3.0F, 0, 6) * kSixth); });
        case Activation::kHardSigmoid:
            return every([](Vector x) { return clamp(x + 3.0F, 0, 6) * kSixth; });
        case Activation::kSigmoid:
            return every([](Vector x) { return sigmoid(x); });
        case Activation::kSilu:
            return every([](Vector x) { return x * sigmoid(x); });
        case Activation::kNone:
        case Activation::kRelu:
        case Activation::kRelu6:
            break;
    }
}

/// Vectors of channels side by side, so that their sums grow at the same time.
template <int Vectors>
void sum_vectors(const Number* from, int pixels, std::ptrdiff_t step, float* sums) {
    Vector total[Vectors] = {};
    for (int pixel = 0; pixel < pixels; ++pixel) {
#pragma GCC unroll 4
        for (int n = 0; n < Vectors; ++n) {
            total[n] += load(from + pixel * step + n * kLanes);
        }
    }
#pragma GCC unroll 4
    for (int n = 0; n < Vectors; ++n) {
        store(sums + n * kLanes, load(sums + n * kLanes) + total[n]);
    }
}

void sum(const void* row, int pixels, std::ptrdiff_t step, int vectors, float* sums) {
    const auto* const from = static_cast<const Number*>(row);
    int vector = 0;
    for (; vectors - vector >= 4; vector += 4) {
        sum_vectors<4>(from + vector * kLanes, pixels, step, sums + vector * kLanes);
    }
    for (; vector < vectors; ++vector) {
        sum_vectors<1>(from + vector * kLanes, pixels, step, sums + vector * kLanes);
    }
}

#if defined(CLOSET_INT8)
void import_row(const ImportTask& task) {
    constexpr int kUnit = kNumbersPerUnit;
    const float* from = task.from;
    auto* out = static_cast<Number*>(task.to);
    const auto put = [&](const float* numbers, Number* bytes) {
        const Vector x =
            fused_multiply_add(load(numbers), broadcast(task.scale), broadcast(task.shift));
        store(bytes, clamp(x, 0, 255));
    };
    int pixel = 0;
    // The pixels of a picture are less than a unit: several go through a vector.
    if (task.channels <= kUnit && task.from_step == task.channels) {
        const int together = kLanes / task.channels;
        while ((task.pixels - pixel) * task.channels >= kLanes) {
            Number bytes[kLanes + kUnit] = {};
            put(from, bytes);
            for (int p = 0; p < together; ++p) {
                __builtin_memcpy(out + p * task.step, bytes + p * task.channels, kUnit);
            }
            from += together * task.channels;
            out += together * task.step;
            pixel += together;
        }
    }
    for (; pixel < task.pixels; ++pixel) {
        int c = 0;
        for (; task.channels - c >= kLanes; c += kLanes) {
            put(from + c, out + c);
        }
        float rest[kLanes] = {};
        Number bytes[kLanes];
        for (int i = 0; i < task.channels - c; ++i) {
            rest[i] = from[c + i];
        }
        put(rest, bytes);
        for (int i = 0; i < kLanes && c + i < task.step; ++i) {
            out[c + i] = bytes[i];
        }
        from += task.from_step;
        out += task.step;
    }
}
#elif defined(CLOSET_BF16)
void import_row(const ImportTask& task) {
    const float* from = task.from;
    auto* out = static_cast<Number*>(task.to);
    for (int pixel = 0; pixel < task.pixels; ++pixel) {
        for (int c = 0; c < task.step; c += kLanes) {
            const int inside = task.channels - c < 0 ? 0 : task.channels - c;
            const int wanted = static_cast<int>(task.step) - c;
            const auto mask = [](int lanes) {
                return static_cast<__mmask16>(lanes >= kLanes ? 0xFFFF : (1 << lanes) - 1);
            };
            const __m512 value = _mm512_maskz_loadu_ps(mask(inside), from + c);
            _mm256_mask_storeu_epi16(out + c, mask(wanted), (__m256i)_mm512_cvtneps_pbh(value));
        }
        from += task.from_step;
        out += task.step;
    }
}
#else
void import_row(const ImportTask& task) {
    const float* from = task.from;
    auto* out = static_cast<float*>(task.to);
    if (task.step == task.channels && task.from_step == task.channels) {
        __builtin_memcpy(out, from,
                         sizeof(float) * static_cast<std::size_t>(task.pixels * task.step));
        return;
    }
    for (int pixel = 0; pixel < task.pixels; ++pixel) {
        for (int c = 0; c < task.step; ++c) {
            out[c] = c < task.channels ? from[c] : 0.0F;
        }
        from += task.from_step;
        out += task.step;
    }
}
#endif

// NOLINTEND(bugprone-implicit-widening-of-multiplication-result)

// The name of the table, and of those beside it.
#if defined(CLOSET_INT8)
#if CLOSET_LANES == 16 && defined(CLOSET_VNNI)
#define CLOSET_KERNELS avx512_vnni_kernels
constexpr const char* kName = "AVX-512 VNNI";
#elif CLOSET_LANES == 16
#define CLOSET_KERNELS avx512_int8_kernels
constexpr const char* kName = "AVX-512 int8";
#elif defined(CLOSET_VNNI)
#define CLOSET_KERNELS avx_vnni_kernels
constexpr const char* kName = "AVX-VNNI";
#else
#define CLOSET_KERNELS avx2_int8_kernels
constexpr const char* kName = "AVX2 int8";
#endif
constexpr auto* kNarrow = CLOSET_LANES == 16 ? avx2_int8_kernels : CLOSET_KERNELS;
constexpr auto* kFloats = CLOSET_LANES == 16 ? avx512_kernels : avx2_kernels;
#elif defined(CLOSET_BF16)
#define CLOSET_KERNELS bf16_kernels
constexpr const char* kName = "AVX-512 BF16";
constexpr auto* kNarrow = bf16_kernels;
constexpr auto* kFloats = avx512_kernels;
#elif CLOSET_LANES == 16
#define CLOSET_KERNELS avx512_kernels
constexpr const char* kName = "AVX-512";
constexpr auto* kNarrow = avx2_kernels;
constexpr auto* kFloats = avx512_kernels;
#elif CLOSET_LANES == 8
#define CLOSET_KERNELS avx2_kernels
constexpr const char* kName = "AVX2";
constexpr auto* kNarrow = avx2_kernels;
constexpr auto* kFloats = avx2_kernels;
#else
#define CLOSET_KERNELS generic_kernels
constexpr const char* kName = "generic";
constexpr auto* kNarrow = generic_kernels;
constexpr auto* kFloats = generic_kernels;
#endif

constexpr NhwcKernels kKernels{
    .name = kName,
    .lanes = kLanes,
    .element = kElement,
    .narrow = kNarrow,
    .floats = kFloats,
    .block = block,
    .widest_block = widest_block,
    .conv = conv,
    .read_tiles = kReadTiles,
    .write_tiles = kWriteTiles,
    .depthwise = depthwise,
    .dot = dot,
    .resize = resize,
    .add = add,
    .maximum = maximum,
    .scale = scale,
    .bend = bend,
    .sum = sum,
    .import_row = import_row,
};

}  // namespace

const NhwcKernels& CLOSET_KERNELS() {
    return kKernels;
}

}  // namespace closet
