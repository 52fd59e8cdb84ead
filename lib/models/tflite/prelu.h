#pragma once

#include "models/graph/network_graph.h"

namespace closet {

/// Turns relu(x) + w * (x - |x|), w a number for each channel, into a PReluNode with slope 2 w: so
/// TFLite converters spell PReLU. The nodes that nobody needs any more stay; `prune` drops them.
void recognize_prelu(NetworkGraph& graph);

}  // namespace closet
