#pragma once

#include <vector>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"
#include "models/nhwc/plan.h"

namespace closet {

/// Lets the inputs of a concatenation of channels lie inside its result where their channels are
/// whole vectors. Returns the step that copies the others, without inputs if there are none.
Step join_channels(NhwcPlan& plan, const Node& concat);

/// Gives every value of the plan's steps its place in the arena, with the gaps that the steps'
/// convolutions need, and has them cleared.
void place_values(NhwcPlan& plan);

/// Which values of a graph are stored in float32 whatever the kernels' format: the input, the
/// outputs, what is no picture, and what the nodes on few numbers read or write (means, gates,
/// ScaleNorm, attention). A convolution turns bf16 into float32, nothing but the network's first
/// convolutions turns float32 into bf16, and other nodes keep the format; so what depends on such a
/// value is float32 too.
std::vector<bool> exact_values(const NetworkGraph& graph);

}  // namespace closet
