#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/networks/graph_writer.h"

namespace closet {

// Layers that networks share, under the names that OpenMMLab's modules give their parameters.

/// A convolution with padding kernel / 2, so that stride 1 keeps the size.
struct ConvSize {
    std::int64_t channels = 0;  ///< of the result
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
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

/// A convolution as PyTorch's modules have it, with what belongs to it in one node.
struct ConvLayer {
    std::string conv;           ///< parameters `<conv>.weight` and, where it has one, `<conv>.bias`
    std::string norm{};         ///< batch normalization `<norm>.*`, epsilon 1e-5; empty: none
    bool bias = false;          ///< whether the convolution has one
    bool depthwise = false;     ///< one filter a channel, as many out as in
    std::int64_t channels = 0;  ///< of the result
    std::int64_t kernel = 1;
    std::int64_t stride = 1;
    std::int64_t dilation = 1;
    std::optional<std::int64_t> pad{};  ///< zeros on each side; else dilation * (kernel / 2)
    Activation activation = Activation::kNone;
    bool residual_last = false;  ///< the residual is added after the activation
};

/// Any convolution: normalization folded in in float64, activation, residual.
NetworkWriter::Value convolution(NetworkWriter& net, const ConvLayer& layer, NetworkWriter::Value x,
                                 std::optional<NetworkWriter::Value> residual = std::nullopt);

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
