#pragma once

#include <cstdint>
#include <vector>

#include "models/graph/network_graph.h"

namespace closet {

/// For each value of a graph a number that stands for it: a hash of the weights and kinds of all
/// nodes that it is computed by. The same in every graph that computes it, for any size of picture
/// and whatever else is computed there, and another one where a single weight differs.
std::vector<std::uint64_t> value_keys(const NetworkGraph& graph);

}  // namespace closet
