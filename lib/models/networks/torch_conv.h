#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/networks/graph_writer.h"

namespace closet {

/// Numbers of torch.nn.Conv2d as they come from a checkpoint: weight out x in x kh x kw and a bias
/// an output channel. Both are empty in a survey.
struct TorchConv {
    std::vector<float> weight{}, bias{};
};

/// A convolution with any window: H x W x C becomes ... x channels, plus `residual` before the
/// activation where there is one.
NetworkWriter::Value torch_conv(NetworkWriter& net, const TorchConv& numbers,
                                NetworkWriter::Value x, std::int64_t channels,
                                const KernelWindow& window,
                                Activation activation = Activation::kNone,
                                std::optional<NetworkWriter::Value> residual = std::nullopt);

}  // namespace closet
