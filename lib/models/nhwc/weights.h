#pragma once

#include <cstddef>
#include <memory>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"

namespace closet {

/// Floats that start on a cache line. Not initialised.
struct FreeAligned {
    void operator()(float* floats) const;
};
using AlignedFloats = std::unique_ptr<float[], FreeAligned>;
AlignedFloats aligned_floats(std::size_t count);
inline constexpr std::size_t kCacheLine = 64;  ///< bytes

/// Weights as `NhwcKernels::depthwise` and `dot` want them: tap after tap, the `channels` of each
/// padded with zeros to `pitch`.
AlignedFloats pack_taps(const ConvNode& conv, std::size_t channels, std::ptrdiff_t pitch);

/// Weights as `NhwcKernels::conv` wants them, for output pixels of `pitch` floats: block after
/// block of output channels; in a block kernel row, column, input channel, output channel.
AlignedFloats pack_dense(const ConvNode& conv, const NhwcKernels& kernels, std::ptrdiff_t pitch);

/// The bias, padded with zeros to `pitch`.
AlignedFloats pack_bias(const ConvNode& conv, std::ptrdiff_t pitch);

}  // namespace closet
