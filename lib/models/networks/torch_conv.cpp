#include "models/networks/torch_conv.h"

#include <cstddef>
#include <utility>

namespace closet {
namespace {

// PyTorch's out x in x kh x kw to the graph's out x kh x kw x in.
std::vector<float> moved_channels_last(const std::vector<float>& weight, std::size_t out,
                                       std::size_t pixels) {
    std::vector<float> result;
    result.reserve(weight.size());
    const std::size_t in = weight.size() / (out * pixels);
    for (std::size_t o = 0; o < out; ++o) {
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            for (std::size_t i = 0; i < in; ++i) {
                result.push_back(weight[(o * in + i) * pixels + pixel]);
            }
        }
    }
    return result;
}

}  // namespace

NetworkWriter::Value torch_conv(NetworkWriter& net, const TorchConv& numbers,
                                NetworkWriter::Value x, std::int64_t channels,
                                const KernelWindow& window, Activation activation,
                                std::optional<NetworkWriter::Value> residual) {
    ConvNode node{
        .window = window,
        .weights = moved_channels_last(numbers.weight, static_cast<std::size_t>(channels),
                                       static_cast<std::size_t>(window.kernel_h * window.kernel_w)),
        .bias = numbers.bias,
        .activation = activation};
    return residual ? net.graph.conv(std::move(node), x, channels, *residual)
                    : net.graph.conv(std::move(node), x, channels);
}

}  // namespace closet
