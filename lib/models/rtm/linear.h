#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/rtm/network_writer.h"

namespace closet {

/// A linear layer without bias on each pixel: 1 x K x 1 x C becomes 1 x K x 1 x channels, plus
/// `residual`. `weights`: channels x C, PyTorch's order; empty in a survey.
NetworkWriter::Value linear(NetworkWriter& net, std::vector<float> weights, NetworkWriter::Value x,
                            std::int64_t channels, Activation activation = Activation::kNone,
                            std::optional<NetworkWriter::Value> residual = std::nullopt);

}  // namespace closet
