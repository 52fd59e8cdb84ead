#pragma once

#include "models/graph/network_graph.h"
#include "models/nhwc/plan.h"
#include "models/nhwc/run.h"

namespace closet {

/// Whether a node is run by `run_plain`: the operators of any rank and layout, in float32, without
/// vectors. They serve where networks rearrange few numbers; convolutions are not among them.
bool is_plain(const Node& node, const NetworkGraph& graph);

/// Runs such a node.
void run_plain(const PlainStep& plain, const Step& step, const Memory& memory);

}  // namespace closet
