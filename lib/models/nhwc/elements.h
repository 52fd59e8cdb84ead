#pragma once

#include <vector>

#include "models/graph/network_graph.h"
#include "models/nhwc/kernels.h"

namespace closet {

/// How each value of a graph is stored where pictures are of `element`. Float32 in any case: the
/// input, the outputs, what is no picture, and what the nodes on few numbers read or write (means,
/// gates, ScaleNorm, attention). A convolution turns bf16 into float32, nothing but the network's
/// first convolutions turns float32 into bf16, and other nodes keep the format; so what depends on
/// such a value is float32 too.
std::vector<Element> choose_elements(const NetworkGraph& graph, Element element);

}  // namespace closet
