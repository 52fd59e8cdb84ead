#pragma once

#include <cstddef>
#include <cstdint>

#include "models/graph/network_graph.h"

namespace closet {

enum class CpuPath;  // of core/cpu.h, which is too much for what is compiled for one processor

/// Note [NHWC kernels]
/// Convolutions over pictures whose channels are the fastest axis, each pixel's channels padded to
/// whole vectors. One source file is compiled once for each instruction set that it serves and
/// chosen at run time, so the kernels are called through a table of functions. Everything here is
/// plain data: no class or template that other files instantiate too, since the linker might keep
/// the copy that was compiled for the wrong instruction set.
///
/// A table stores numbers as its `element`; sums and everything between a load and a store are
/// float32 in any case. A dense convolution reads its input in units of 32 bits: one float, or a
/// pair of bf16 channels, for which the CPU has an instruction that multiplies both and adds the
/// products to a float. So one tile of code serves both.
///
/// A third format is uint8: a number n stands for (n - zero) * scale, where scale and zero belong
/// to the value that it is part of (quantize.h). A unit is four channels, and sums are int32:
/// exact, so that all instruction sets give the same ones. Only `conv`, `depthwise`, `maximum` and
/// `import_row` know it; what other steps read or write is float32.
///
/// Activations, residuals and limits are applied to the sums while they are in registers
/// (`Finish`). Weights are read in blocks of output channels, each block once for all the rows of a
/// task: what a task should hold is decided by the caller (Note [NHWC plan]).

/// How numbers lie in memory.
enum class Element { kFloat, kBfloat16, kUint8 };
constexpr std::size_t element_bytes(Element element) {
    return element == Element::kFloat ? 4 : element == Element::kBfloat16 ? 2 : 1;
}

/// What happens to a sum before it is stored: + residual, then x * sigmoid(x) or the limits, then
/// + residual if that comes last.
struct Finish {
    const void* residual;  ///< elements of the output's kind, or null
    std::ptrdiff_t residual_step, residual_row;
    bool residual_last;
    bool silu;
    float low, high;
};

/// How a uint8 table turns a sum s of output channel c into x, which a Finish takes and whose
/// limits are of its kind: x = s * scale[c] + bias[c]. What it gives is stored as it is, or as
/// uint8, rounded; after SiLU or a late residual y is out_scale * y + out_shift before that. A
/// residual's number n counts as (n - residual_zero) * residual_scale[c].
struct Requantize {
    const float* scale;  ///< whole vectors
    /// What the input's zero adds to s for each row of the kernel that is there: kernel_h x whole
    /// vectors.
    const std::int32_t* corrections;
    bool float_residual;          ///< else uint8
    const float* residual_scale;  ///< whole vectors; null without residual
    float residual_zero;
    float out_scale, out_shift;
};

/// Rows of output pixels of a convolution, all output channels. Steps and rows count elements.
struct ConvTask {
    const void* const* rows;  ///< out_rows x kernel_h: input rows at the first pixel's first tap,
                              ///< null outside the picture
    int out_rows, pixels;     ///< pixels of an output row
    int kernel_h, kernel_w;
    int channels;               ///< of the input, without padding
    std::ptrdiff_t tap_step;    ///< from one horizontal tap to the next
    std::ptrdiff_t pixel_step;  ///< from one output pixel's input to the next one's
    const void* weights;        ///< see weights.h
    const float* bias;          ///< a whole number of vectors
    int vectors;                ///< output channels in whole vectors
    int widest;                 ///< vectors in a block of output channels, see `block`
    void* out;
    std::ptrdiff_t out_step, out_row;
    bool float_out;  ///< the output is float32 whatever the table's element
    Finish finish;
    Requantize requantize;  ///< for uint8 tables
};

/// A row of tiles of a picture becomes points, see Note [Winograd]: vectors of float32.
struct ReadTilesTask {
    int points;                ///< along an axis: 4 or 5
    int stride;                ///< 1, or 2 with 5 points
    const float* const* rows;  ///< as many: at column 0, null outside the picture
    std::ptrdiff_t pixel;      ///< from one to the next
    int width;                 ///< columns that there are; others are zeros
    int before;                ///< columns of the first tile to the left of column 0
    int tiles, vectors;
    float* to;              ///< tile after tile, whole vectors each
    std::ptrdiff_t planes;  ///< from one point's to the next one's
};

/// And points become a row of tiles of output pixels.
struct WriteTilesTask {
    int points, stride;  ///< as above
    const float* from;
    std::ptrdiff_t planes;
    int tiles;
    int first, end;  ///< rows of the tiles that are wanted, of 0 and 1
    /// `out` and residuals are those of row 0 of the tiles; `pixels`, `vectors`, `bias`, steps and
    /// rows count as ever. float32 on both sides.
    const ConvTask* conv;
};

/// One row of output pixels of a bilinear resize, all channels.
struct ResizeTask {
    const void* top;  ///< the two input rows
    const void* bottom;
    float weight;              ///< of the bottom row, 0..1
    const std::int32_t* left;  ///< for each output pixel: the two input pixels
    const std::int32_t* right;
    const float* weights;  ///< of the right pixel, 0..1
    int pixels, vectors;
    std::ptrdiff_t in_step, out_step, addend_step;  ///< elements from pixel to pixel
    void* out;
    const void* addend;  ///< added to the result, or null
};

/// A row of pixels that meets another one. Steps count elements from pixel to pixel.
struct RowTask {
    const void* a;
    const void* b;
    void* out;
    int pixels, vectors;
    std::ptrdiff_t a_step, b_step, out_step;
};

/// A row of floats that becomes elements, `channels` a pixel, then zeros up to `step` (uint8: any
/// numbers).
struct ImportTask {
    const float* from;
    std::ptrdiff_t from_step;  ///< from pixel to pixel
    int pixels, channels;
    void* to;
    std::ptrdiff_t step;
    float scale, shift;  ///< uint8: x becomes scale * x + shift, rounded, within 0 to 255
};

struct NhwcKernels {
    const char* name;  ///< of the instruction set
    int lanes;         ///< numbers in a vector
    Element element;
    const NhwcKernels& (*narrow)();  ///< those for few channels, often the same
    const NhwcKernels& (*floats)();  ///< those that store float32, often the same

    /// How many vectors of output channels the next block has when `vectors` are left and the plan
    /// wants at most `widest` (what `widest_block` gave).
    int (*block)(int vectors, int widest);
    /// The best width of blocks for rows of so many pixels.
    int (*widest_block)(int pixels);
    void (*conv)(const ConvTask& task);
    /// Null but in tables for float32.
    void (*read_tiles)(const ReadTilesTask& task);
    void (*write_tiles)(const WriteTilesTask& task);
    /// Kernel 3 or 5 (square) and stride 1 or 2: `pixel_step` is tap_step x stride.
    void (*depthwise)(const ConvTask& task);
    /// One output channel: `weights` are floats, kernel_h x kernel_w x whole vectors of input
    /// channels, with zeros for the padding; `vectors` counts those. One vector a pixel is written,
    /// zeros behind the number. No residual.
    void (*dot)(const ConvTask& task);
    void (*resize)(const ResizeTask& task);
    /// out = a + b between limits.
    void (*add)(const RowTask& task, float low, float high);
    /// out = max(a, b).
    void (*maximum)(const RowTask& task);
    /// out = a * b, where b is one pixel of floats. out may be a.
    void (*scale)(const RowTask& task);
    /// out = activation(a), for those that bend: hard swish, sigmoid, SiLU, hard sigmoid. out may
    /// be a.
    void (*bend)(const RowTask& task, Activation activation);
    /// Adds each channel of a row of pixels to `sums`: whole vectors of floats.
    void (*sum)(const void* row, int pixels, std::ptrdiff_t step, int vectors, float* sums);
    /// A row of floats becomes elements.
    void (*import_row)(const ImportTask& task);
};

// All but the first are there in builds for x86-64 only; what each needs: `CpuPath`.
const NhwcKernels& generic_kernels();
const NhwcKernels& avx2_kernels();
const NhwcKernels& avx512_kernels();
const NhwcKernels& bf16_kernels();
const NhwcKernels& avx2_int8_kernels();
const NhwcKernels& avx_vnni_kernels();
const NhwcKernels& avx512_int8_kernels();
const NhwcKernels& avx512_vnni_kernels();

/// The kernels of a path (core/cpu.h) that store numbers so; null where it has none: bf16 on most
/// processors, uint8 on the generic path. The second: of the program's path.
const NhwcKernels* nhwc_kernels(Element element, CpuPath path);
const NhwcKernels* nhwc_kernels(Element element = Element::kFloat);

/// Those of a path for uint8, with VNNI or without; null where there are none.
const NhwcKernels* int8_kernels(CpuPath path, bool vnni);

/// Elements that `channels` take in a pixel: whole vectors, or half a vector of the wide float
/// kernels where that is enough.
std::ptrdiff_t nhwc_pitch(const NhwcKernels& kernels, std::ptrdiff_t channels);

/// The kernels for pixels of that pitch and element in a network that `kernels` run: the given
/// ones, narrower ones, or float ones.
const NhwcKernels& nhwc_kernels_for(const NhwcKernels& kernels, std::ptrdiff_t pitch,
                                    Element element);

}  // namespace closet
