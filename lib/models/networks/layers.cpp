#include "models/networks/layers.h"

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace closet {
namespace {

using Value = NetworkWriter::Value;

KernelWindow window_of(const ConvLayer& layer) {
    const std::int64_t pad = layer.pad.value_or(layer.dilation * (layer.kernel / 2));
    return KernelWindow::square(layer.kernel, layer.stride, pad, layer.dilation);
}

/// What multiplies a filter and what is added to its result.
struct Affine {
    std::vector<double> scale;
    std::vector<float> shift;
};

// y = (x + bias - mean) / sqrt(var + eps) * gamma + beta, as scale * x + shift. `bias` may be
// empty.
Affine batch_norm(Parameters& parameters, const std::string& name, std::int64_t channels,
                  const std::vector<float>& bias) {
    constexpr double kEpsilon = 1e-5;
    const auto gamma = parameters.take(name + ".weight", {channels}, 1);
    const auto beta = parameters.take(name + ".bias", {channels});
    const auto mean = parameters.take(name + ".running_mean", {channels});
    const auto variance = parameters.take(name + ".running_var", {channels}, 1);
    Affine affine;
    for (std::size_t i = 0; i < gamma.size(); ++i) {
        const double scale = gamma[i] / std::sqrt(double{variance[i]} + kEpsilon);
        const double offset = bias.empty() ? 0 : double{bias[i]};
        affine.scale.push_back(scale);
        affine.shift.push_back(static_cast<float>(beta[i] + (offset - mean[i]) * scale));
    }
    return affine;
}

// PyTorch's out x in x kh x kw to the graph's out x kh x kw x in.
std::vector<float> channels_last(const std::vector<float>& weights, std::size_t out,
                                 std::size_t pixels) {
    std::vector<float> result(weights.size());
    const std::size_t in = weights.size() / (out * pixels);
    auto to = result.begin();
    for (std::size_t o = 0; o < out; ++o) {
        const float* const filter = weights.data() + o * in * pixels;
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            for (std::size_t i = 0; i < in; ++i) {
                *to++ = filter[i * pixels + pixel];
            }
        }
    }
    return result;
}

// PyTorch's channels x 1 x kh x kw to the graph's kh x kw x channels.
std::vector<float> depthwise_channels_last(const std::vector<float>& weights, std::size_t channels,
                                           std::size_t pixels) {
    std::vector<float> result;
    result.reserve(weights.size());
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
        for (std::size_t channel = 0; channel < channels; ++channel) {
            result.push_back(weights[channel * pixels + pixel]);
        }
    }
    return result;
}

void scale_filters(std::vector<float>& weights, const std::vector<double>& scale) {
    const std::size_t filter = weights.size() / scale.size();
    for (std::size_t o = 0; o < scale.size(); ++o) {
        for (std::size_t i = o * filter; i < (o + 1) * filter; ++i) {
            weights[i] = static_cast<float>(weights[i] * scale[o]);
        }
    }
}

// Convolution and normalization of the module `name` as one node, with SiLU.
Value folded(NetworkWriter& net, const std::string& name, Value x, const ConvSize& size,
             bool depthwise, std::optional<Value> residual) {
    const bool is_folded =
        net.parameters.has(name + ".conv.bias") && !net.parameters.has(name + ".bn.weight");
    return convolution(net,
                       {.conv = name + ".conv",
                        .norm = is_folded ? "" : name + ".bn",
                        .bias = is_folded,
                        .depthwise = depthwise,
                        .channels = size.channels,
                        .kernel = size.kernel,
                        .stride = size.stride,
                        .activation = Activation::kSilu,
                        .residual_last = residual.has_value()},
                       x, residual);
}

}  // namespace

Value conv_bn_act(NetworkWriter& net, const std::string& name, Value x, const ConvSize& size,
                  std::optional<Value> residual) {
    return folded(net, name, x, size, /*depthwise=*/false, residual);
}

Value depthwise_separable(NetworkWriter& net, const std::string& name, Value x,
                          const ConvSize& size, std::optional<Value> residual) {
    const ConvSize window{
        .channels = net.graph.channels(x), .kernel = size.kernel, .stride = size.stride};
    const Value filtered =
        folded(net, name + ".depthwise_conv", x, window, /*depthwise=*/true, std::nullopt);
    return conv_bn_act(net, name + ".pointwise_conv", filtered, {.channels = size.channels},
                       residual);
}

Value conv_block(NetworkWriter& net, const std::string& name, Value x, const ConvSize& size,
                 bool separable) {
    return separable ? depthwise_separable(net, name, x, size) : conv_bn_act(net, name, x, size);
}

Value conv_with_bias(NetworkWriter& net, const std::string& name, Value x, const ConvSize& size,
                     Activation activation) {
    return convolution(net,
                       {.conv = name,
                        .bias = true,
                        .channels = size.channels,
                        .kernel = size.kernel,
                        .stride = size.stride,
                        .activation = activation},
                       x);
}

Value convolution(NetworkWriter& net, const ConvLayer& layer, Value x,
                  std::optional<Value> residual) {
    Parameters& parameters = net.parameters;
    const std::int64_t in = layer.depthwise ? 1 : net.graph.channels(x);
    auto weights =
        parameters.take(layer.conv + ".weight", {layer.channels, in, layer.kernel, layer.kernel});
    std::vector<float> bias;
    if (layer.bias) {
        bias = parameters.take(layer.conv + ".bias", {layer.channels});
    } else if (!parameters.surveys()) {
        bias.resize(static_cast<std::size_t>(layer.channels));
    }
    if (!layer.norm.empty()) {
        Affine affine = batch_norm(parameters, layer.norm, layer.channels, bias);
        if (!parameters.surveys()) {
            scale_filters(weights, affine.scale);
        }
        bias = std::move(affine.shift);
    }
    ConvNode node{.window = window_of(layer),
                  .depthwise = layer.depthwise,
                  .weights = {},
                  .bias = std::move(bias),
                  .activation = layer.activation,
                  .residual_last = layer.residual_last};
    if (!parameters.surveys()) {
        const auto out = static_cast<std::size_t>(layer.channels);
        const auto pixels = static_cast<std::size_t>(layer.kernel * layer.kernel);
        node.weights = layer.depthwise ? depthwise_channels_last(weights, out, pixels)
                                       : channels_last(weights, out, pixels);
    }
    return residual ? net.graph.conv(std::move(node), x, layer.channels, *residual)
                    : net.graph.conv(std::move(node), x, layer.channels);
}

Value torch_conv(NetworkWriter& net, const TorchConv& numbers, NetworkWriter::Value x,
                 std::int64_t channels, const KernelWindow& window, Activation activation,
                 std::optional<NetworkWriter::Value> residual) {
    ConvNode node{
        .window = window,
        .weights = channels_last(numbers.weight, static_cast<std::size_t>(channels),
                                 static_cast<std::size_t>(window.kernel_h * window.kernel_w)),
        .bias = numbers.bias,
        .activation = activation};
    return residual ? net.graph.conv(std::move(node), x, channels, *residual)
                    : net.graph.conv(std::move(node), x, channels);
}

}  // namespace closet
