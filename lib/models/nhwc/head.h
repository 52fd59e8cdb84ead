#pragma once

#include "models/nhwc/memory.h"
#include "models/nhwc/plan.h"

namespace closet {

// The steps of a keypoint head, in float32 on few numbers.

/// ChannelsToPixelsNode.
void turn(const Step& step, const Memory& memory);

/// ScaleNormNode.
void normalise(const ScaleNormNode& node, const Step& step, const Memory& memory);

/// GatedAttentionNode.
void attend(const GatedAttentionNode& node, const Step& step, const Memory& memory);

}  // namespace closet
