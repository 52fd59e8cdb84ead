#pragma once

#include <cstddef>

#include "models/graph/network_graph.h"
#include "models/nhwc/plan.h"
#include "models/nhwc/run.h"

namespace closet {

// The steps of a keypoint head, in float32 on few numbers.

/// ChannelsToPixelsNode.
void turn(const Step& step, const Memory& memory);

/// ScaleNormNode.
void normalize(const ScaleNormNode& node, const Step& step, const Memory& memory);

/// GatedAttentionNode. The memory's scratch holds `attention_scratch` floats.
void attend(const GatedAttentionNode& node, const Step& step, const Memory& memory);

/// Floats that `attend` needs for so many pixels.
std::size_t attention_scratch(const GatedAttentionNode& node, std::size_t pixels);

}  // namespace closet
