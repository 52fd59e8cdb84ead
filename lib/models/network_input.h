#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/graph/network_graph.h"
#include "models/network.h"

namespace closet {

/// What the backends share: throws ModelError unless the tensor is float32, N x C x H x W with the
/// C, H, W of `nhwc`. `name`: the file, for the message.
void check_input(const at::Tensor& nchw_input, const std::string& name,
                 const std::vector<std::int64_t>& nhwc);

/// Names and shapes of the graph's outputs.
std::vector<Network::Output> describe_outputs(const NetworkGraph& graph);

/// Whether a window pads both sides alike, which is all that LibTorch's convolutions can do.
bool is_symmetric(const KernelWindow& window);

}  // namespace closet
