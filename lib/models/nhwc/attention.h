#pragma once

#include <cstddef>

#include "models/graph/network_graph.h"

namespace closet {

/// Floats that `attend` needs for so many pixels.
std::size_t attention_scratch(const GatedAttentionNode& node, std::size_t pixels);

/// Pixels in float32, one `step` behind the other.
struct AttentionPixels {
    const float* in;  ///< u, v, b: 2 channels + S
    float* out;       ///< `channels` numbers a pixel
    std::ptrdiff_t in_step, out_step;
    std::size_t pixels, channels;  ///< channels: E
};

/// What a GatedAttentionNode describes. Few numbers: plain loops over the fastest axis.
void attend(const GatedAttentionNode& node, const AttentionPixels& pixels, float* scratch);

}  // namespace closet
