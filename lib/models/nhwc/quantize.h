#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "models/graph/network_graph.h"

namespace closet {

/// Note [Eight bits]
/// With kernels for uint8, convolutions over pictures read uint8 and int8 weights, each output
/// channel's with a scale of its own; not the last ones (those that write outputs, or few pixels)
/// nor those of few channels, which stay float32. A value whose range is known
/// (NetworkGraph::ranges), that such a convolution or a maximum or concatenation of such values
/// writes, and that only such nodes read, lies in memory as uint8. Others stay float32, and a step
/// makes a copy in uint8 for the convolutions that read them. Outputs, few numbers and what depends
/// on them are float32, as with bf16.
///
/// What a convolution with ReLU writes for depthwise ones alone, and what one without activation
/// writes, has a scale for each channel, a factor of the weights that read it: some channels are a
/// hundred times as large as others. What is written with ReLU for dense ones has no such channels,
/// so that it would cost more bits of the weights than it gains.
///
/// Rounded weights shift the mean of each output channel, by the errors of its weights times the
/// means of what they read. Where these are known (ValueRange::means) the bias takes that back: it
/// is most of the error (results/engines.md).
///
/// AVX2 has no instruction for four products at once but one for two, whose sum must fit 16 bits.
/// So the weights of two neighbors (channels 2i and 2i + 1 of a tap; of a depthwise kernel rows 2i
/// and 2i + 1) add up to 128 at most where they have the same sign: 255 * 128 < 2^15. All paths use
/// these weights, so that their sums are the same to the bit. Seven bits for all weights, or for
/// activations, would lose more.

/// How a uint8 number n is read: (n - zero) * scale.
struct Quantization {
    float scale = 1;
    std::int32_t zero = 0;          ///< 0..255
    std::vector<float> channels{};  ///< the scale in each channel where they differ, else empty

    float scale_in(std::size_t channel) const {
        return channels.empty() ? scale : channels[channel];
    }
};

/// The one for numbers in a range. Zero is a number of its own, as padding needs.
Quantization quantization_of(const ValueRange& range);

/// With a scale for each channel; zero is in the middle where there are negative numbers. As above
/// where no channels are known.
Quantization channel_quantization_of(const ValueRange& range);

/// What of a graph is computed in eight bits.
struct EightBits {
    std::vector<bool> convolutions;  ///< of each node: whether it is one that reads uint8
    std::vector<bool> stored;        ///< of each value: whether it lies in memory as uint8
    /// Of each value: how it is written as uint8; empty where it never is.
    std::vector<std::optional<Quantization>> values;
};

/// `exact`: of each value, whether it stays float32 (see exact_values).
EightBits choose_eight_bits(const NetworkGraph& graph, const std::vector<bool>& exact);

/// One scale for each output channel, so that its weights are whole numbers from -127 to 127 as
/// Note [Eight bits] wants them.
std::vector<float> weight_scales(const ConvNode& conv);

/// The weights in units of their channel's scale, rounded, in the node's order.
std::vector<float> whole_weights(const ConvNode& conv, std::span<const float> scales);

}  // namespace closet
