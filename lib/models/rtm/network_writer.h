#pragma once

#include <string>

#include "models/rtm/graph_writer.h"
#include "models/rtm/parameters.h"

namespace closet {

/// What a block of a network needs to describe itself. Blocks are functions: they ask for their
/// parameters under the name that the block has in the checkpoint ("backbone.stage1.0"), lay down
/// their nodes and return the value that they compute.
struct NetworkWriter {
    using Value = GraphWriter::Value;

    Parameters& parameters;
    GraphWriter& graph;
};

}  // namespace closet
