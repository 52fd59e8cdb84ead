#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/networks/graph_writer.h"

namespace closet {

// Layers that networks share, under the names that OpenMMLab's modules give their parameters.

/// A convolution with padding kernel / 2, so that stride 1 keeps the size, unless told otherwise.
struct ConvSize {
    std::int64_t channels = 0;  ///< of the result
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
    std::optional<std::int64_t> pad{};  ///< pixels on each side
};

/// Convolution, batch normalization, SiLU (mmcv ConvModule). H x W x C becomes
/// H / stride x W / stride x channels, plus `residual` after the activation.
///
/// The normalization is folded into the convolution in float64; its epsilon is 1e-5, since
/// OpenMMLab's configurations pass norm_cfg=dict(type='SyncBN'), which replaces the 1e-3 of the
/// classes. A checkpoint where that is done already (`conv.bias` and no `bn.*`) is read as it is.
NetworkWriter::Value conv_bn_act(NetworkWriter& net, const std::string& name,
                                 NetworkWriter::Value x, const ConvSize& size,
                                 std::optional<NetworkWriter::Value> residual = std::nullopt);

/// The same with one filter a channel, then a 1 x 1 convolution, each with normalization and SiLU
/// (mmcv DepthwiseSeparableConvModule).
NetworkWriter::Value depthwise_separable(
    NetworkWriter& net, const std::string& name, NetworkWriter::Value x, const ConvSize& size,
    std::optional<NetworkWriter::Value> residual = std::nullopt);

/// One or the other: the networks named "nano" are depthwise separable throughout.
NetworkWriter::Value conv_block(NetworkWriter& net, const std::string& name, NetworkWriter::Value x,
                                const ConvSize& size, bool separable);

/// A plain convolution with bias: parameters `<name>.weight` and `<name>.bias`.
NetworkWriter::Value conv_with_bias(NetworkWriter& net, const std::string& name,
                                    NetworkWriter::Value x, const ConvSize& size,
                                    Activation activation = Activation::kNone);

}  // namespace closet
