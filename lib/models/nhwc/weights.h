#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"

namespace closet {

/// Memory that starts on a cache line. Not initialized.
struct FreeAligned {
    void operator()(std::byte* bytes) const;
};
using AlignedBytes = std::unique_ptr<std::byte[], FreeAligned>;
AlignedBytes aligned_bytes(std::size_t count);
inline constexpr std::size_t kCacheLine = 64;  ///< bytes

/// bf16 is the upper half of a float. Rounds to nearest, ties to even; what is not a number stays
/// so. (Back: core/half.h.)
std::uint16_t to_bfloat16(float value);

/// Weights as `NhwcKernels::depthwise` and `dot` want them: floats, tap after tap, the `channels`
/// of each padded with zeros to `pitch`.
AlignedBytes pack_taps(const ConvNode& conv, std::size_t channels, std::ptrdiff_t pitch);

/// Whole numbers as `depthwise` of uint8 kernels wants them: int8, four kernel rows and column
/// after column, the channels of each padded with zeros to `pitch`, and of each channel the four
/// rows'.
AlignedBytes pack_rows(const ConvNode& conv, std::ptrdiff_t pitch);

/// Weights as `kernels.conv` wants them, for `vectors` of output channels in blocks as `widest`
/// says: block after block; in a block kernel row, column, unit of input channels, output channel,
/// and the channels of the unit: of bf16 two, rounded to nearest even, of kernels for uint8 four,
/// as int8, from whole numbers.
AlignedBytes pack_dense(const ConvNode& conv, const NhwcKernels& kernels, int vectors, int widest);

/// The bias as floats, padded with zeros to `pitch`.
AlignedBytes pack_bias(const ConvNode& conv, std::ptrdiff_t pitch);

}  // namespace closet
