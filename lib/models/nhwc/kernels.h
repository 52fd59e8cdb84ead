#pragma once

#include <cstddef>
#include <cstdint>

namespace closet {

/// Note [NHWC kernels]
/// Convolutions over float32 pictures whose channels are the fastest axis, each pixel's channels
/// padded to whole vectors. One source file is compiled once for each instruction set that it
/// serves and chosen at run time, so the kernels are called through a table of functions.
/// Everything here is plain data: no class or template that other files instantiate too, since the
/// linker might keep the copy that was compiled for the wrong instruction set.

/// One row (or any run) of output pixels of a convolution, all output channels.
struct ConvStrip {
    const float* const* rows;  ///< input rows, one a kernel row, at the first pixel's first tap
    int row_begin, row_end;    ///< kernel rows that lie inside the picture
    int kernel_h, kernel_w;
    int channels;               ///< input channels, without padding
    std::ptrdiff_t tap_step;    ///< floats from one horizontal tap to the next
    std::ptrdiff_t pixel_step;  ///< floats from one output pixel's input to the next one's
    const float* weights;       ///< see nhwc_weights.h
    const float* bias;          ///< a whole number of vectors
    int vectors;                ///< output channels in whole vectors
    int pixels;                 ///< output pixels
    float* out;                 ///< pixels x out_step
    std::ptrdiff_t out_step;    ///< floats
    const float* residual;      ///< added before the clamp, or null
    std::ptrdiff_t residual_step;
    float low, high;  ///< the result is clamped to this
};

/// One row of output pixels of a bilinear resize, all channels.
struct ResizeStrip {
    const float* top;  ///< the two input rows
    const float* bottom;
    float weight;              ///< of the bottom row, 0..1
    const std::int32_t* left;  ///< for each output pixel, in floats: the two input pixels
    const std::int32_t* right;
    const float* weights;  ///< of the right pixel, 0..1
    int pixels, vectors;
    std::ptrdiff_t step;  ///< floats from pixel to pixel, in and out
    float* out;
    const float* addend;  ///< added to the result, laid out as `out`, or null
};

struct NhwcKernels {
    const char* name;  ///< of the instruction set
    int lanes;         ///< floats in a vector
    /// Output channels are computed in blocks of at most this many vectors. How many vectors the
    /// next block has when `vectors` are left.
    int (*block)(int vectors);
    void (*conv)(const ConvStrip& strip);
    /// Kernel 3 or 5 (square) and stride 1 or 2: `pixel_step` is tap_step x stride.
    void (*depthwise)(const ConvStrip& strip);
    /// One output channel: `weights` are kernel_h x kernel_w x whole vectors of input channels, as
    /// many as `tap_step` has, with zeros for the padding. Fills the rest of out_step with zeros.
    void (*dot)(const ConvStrip& strip);
    void (*resize)(const ResizeStrip& strip);
    /// out = clamp(a + b), `count` a whole number of vectors.
    void (*add)(const float* a, const float* b, float* out, std::size_t count, float low,
                float high);
    /// out = max(a, b), the same.
    void (*maximum)(const float* a, const float* b, float* out, std::size_t count);
};

const NhwcKernels& avx2_kernels();    ///< needs AVX2 and FMA
const NhwcKernels& avx512_kernels();  ///< needs AVX-512F

/// The best kernels for this CPU, or null where it has none of the above.
const NhwcKernels* nhwc_kernels();

/// Floats that `channels` take in a pixel: whole vectors, or half a vector of the wide kernels
/// where that is enough.
std::ptrdiff_t nhwc_pitch(const NhwcKernels& kernels, std::ptrdiff_t channels);

/// The kernels whose vectors fit pixels of that pitch: the given ones, or narrower ones.
const NhwcKernels& nhwc_kernels_for(const NhwcKernels& kernels, std::ptrdiff_t pitch);

}  // namespace closet
