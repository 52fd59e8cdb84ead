#include "models/networks/inception_resnet_v1/inception_resnet_v1.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

// models/inception_resnet_v1.py (facenet-pytorch 2.6.0).

using Value = NetworkWriter::Value;

constexpr double kEpsilon = 1e-3;  // of every normalization
constexpr std::int64_t kMostClasses = 1 << 20;

/// One convolution with its window.
struct Window {
    std::int64_t channels;
    std::int64_t kernel_h = 1, kernel_w = 1;
    std::int64_t stride = 1;
    std::int64_t pad_h = 0, pad_w = 0;
};

/// Lays down the network's blocks. Widths are those of the published network; a smaller one has the
/// same, divided.
struct Blocks {
    NetworkWriter& net;
    std::int64_t divisor;

    std::int64_t width(std::int64_t published) const { return published / divisor; }

    /// Normalization behind a convolution or linear layer without bias, folded into it in float64.
    TorchConv normalized(std::vector<float> weight, const std::string& name,
                         std::int64_t channels) const {
        const auto gamma = net.parameters.take(name + ".weight", {channels}, 1);
        const auto beta = net.parameters.take(name + ".bias", {channels});
        const auto mean = net.parameters.take(name + ".running_mean", {channels});
        const auto variance = net.parameters.take(name + ".running_var", {channels}, 1);
        TorchConv result{.weight = std::move(weight)};
        if (net.parameters.surveys()) {
            return result;
        }
        const std::size_t filter = result.weight.size() / gamma.size();
        for (std::size_t o = 0; o < gamma.size(); ++o) {
            const double scale = gamma[o] / std::sqrt(double{variance[o]} + kEpsilon);
            for (std::size_t i = o * filter; i < (o + 1) * filter; ++i) {
                result.weight[i] = static_cast<float>(result.weight[i] * scale);
            }
            result.bias.push_back(static_cast<float>(beta[o] - mean[o] * scale));
        }
        return result;
    }

    /// BasicConv2d: convolution without bias, normalization, ReLU.
    Value conv(const std::string& name, Value x, const Window& window) const {
        const std::int64_t channels = width(window.channels);
        auto weight = net.parameters.take(
            name + ".conv.weight",
            {channels, net.graph.channels(x), window.kernel_h, window.kernel_w});
        const TorchConv numbers = normalized(std::move(weight), name + ".bn", channels);
        return torch_conv(net, numbers, x, channels,
                          {.kernel_h = window.kernel_h,
                           .kernel_w = window.kernel_w,
                           .stride_h = window.stride,
                           .stride_w = window.stride,
                           .pad_top = window.pad_h,
                           .pad_bottom = window.pad_h,
                           .pad_left = window.pad_w,
                           .pad_right = window.pad_w},
                          Activation::kRelu);
    }

    /// `<name>.0`, `<name>.1` and so on, one behind the other.
    Value chain(const std::string& name, Value x, const std::vector<Window>& windows) const {
        for (std::size_t i = 0; i < windows.size(); ++i) {
            x = conv(fmt::format("{}.{}", name, i), x, windows[i]);
        }
        return x;
    }

    /// 3 x 3, stride 2, no padding.
    Value pool(Value x) const {
        return net.graph.pool(
            {.window = {.kernel_h = 3, .kernel_w = 3, .stride_h = 2, .stride_w = 2}}, x);
    }

    /// relu(x + scale * conv2d(branches)), without the ReLU where `activation` says so. The scale
    /// is folded into the convolution.
    Value residual(const std::string& name, Value x, const std::vector<Value>& branches,
                   double scale, Activation activation = Activation::kRelu) const {
        const Value joined = net.graph.concat(branches);
        const std::int64_t channels = net.graph.channels(x);
        TorchConv numbers{.weight =
                              net.parameters.take(name + ".conv2d.weight",
                                                  {channels, net.graph.channels(joined), 1, 1})};
        numbers.bias = net.parameters.take(name + ".conv2d.bias", {channels});
        for (std::vector<float>* values : {&numbers.weight, &numbers.bias}) {
            for (float& value : *values) {
                value = static_cast<float>(value * scale);
            }
        }
        return torch_conv(net, numbers, joined, channels, {}, activation, x);
    }

    Value block35(const std::string& name, Value x) const {
        return residual(
            name, x,
            {conv(name + ".branch0", x, {32}),
             chain(name + ".branch1", x, {{32}, {32, 3, 3, 1, 1, 1}}),
             chain(name + ".branch2", x, {{32}, {32, 3, 3, 1, 1, 1}, {32, 3, 3, 1, 1, 1}})},
            0.17);
    }

    Value block17(const std::string& name, Value x) const {
        return residual(
            name, x,
            {conv(name + ".branch0", x, {128}),
             chain(name + ".branch1", x, {{128}, {128, 1, 7, 1, 0, 3}, {128, 7, 1, 1, 3, 0}})},
            0.10);
    }

    Value block8(const std::string& name, Value x, double scale, Activation activation) const {
        return residual(
            name, x,
            {conv(name + ".branch0", x, {192}),
             chain(name + ".branch1", x, {{192}, {192, 1, 3, 1, 0, 1}, {192, 3, 1, 1, 1, 0}})},
            scale, activation);
    }

    Value mixed_6a(Value x) const {
        const Value branch0 = conv("mixed_6a.branch0", x, {384, 3, 3, 2});
        const Value branch1 =
            chain("mixed_6a.branch1", x, {{192}, {192, 3, 3, 1, 1, 1}, {256, 3, 3, 2}});
        return net.graph.concat({branch0, branch1, pool(x)});
    }

    Value mixed_7a(Value x) const {
        const Value branch0 = chain("mixed_7a.branch0", x, {{256}, {384, 3, 3, 2}});
        const Value branch1 = chain("mixed_7a.branch1", x, {{256}, {256, 3, 3, 2}});
        const Value branch2 =
            chain("mixed_7a.branch2", x, {{256}, {256, 3, 3, 1, 1, 1}, {256, 3, 3, 2}});
        return net.graph.concat({branch0, branch1, branch2, pool(x)});
    }
};

/// Value of the last block, 3 x 3 x 1792.
Value body(const Blocks& blocks) {
    NetworkWriter& net = blocks.net;
    const auto label = [&](const char* name, Value value) {
        net.graph.label(name, value);
        return value;
    };
    Value x = label("conv2d_1a", blocks.conv("conv2d_1a", net.graph.input(), {32, 3, 3, 2}));
    x = blocks.conv("conv2d_2a", x, {32, 3, 3});
    x = blocks.conv("conv2d_2b", x, {64, 3, 3, 1, 1, 1});
    x = blocks.conv("conv2d_3b", blocks.pool(x), {80});
    x = blocks.conv("conv2d_4a", x, {192, 3, 3});
    x = label("conv2d_4b", blocks.conv("conv2d_4b", x, {256, 3, 3, 2}));
    for (int i = 0; i < 5; ++i) {
        x = blocks.block35(fmt::format("repeat_1.{}", i), x);
    }
    x = label("mixed_6a", blocks.mixed_6a(label("repeat_1", x)));
    for (int i = 0; i < 10; ++i) {
        x = blocks.block17(fmt::format("repeat_2.{}", i), x);
    }
    x = label("mixed_7a", blocks.mixed_7a(label("repeat_2", x)));
    for (int i = 0; i < 5; ++i) {
        x = blocks.block8(fmt::format("repeat_3.{}", i), x, 0.20, Activation::kRelu);
    }
    label("repeat_3", x);
    return label("block8", blocks.block8("block8", x, 1.0, Activation::kNone));
}

}  // namespace

std::optional<InceptionResnetV1Architecture> recognize_inception_resnet_v1(const StateDict& state) {
    const TensorEntry* const first = state.find("conv2d_1a.conv.weight");
    const TensorEntry* const last = state.find("last_linear.weight");
    if (first == nullptr || last == nullptr || first->shape.size() != 4 ||
        state.find("repeat_1.0.branch0.conv.weight") == nullptr) {
        return std::nullopt;
    }
    InceptionResnetV1Architecture found;
    constexpr std::int64_t kFirstWidth = 32;
    const std::int64_t width = first->shape[0];
    found.widths_divided_by = width > 0 ? kFirstWidth / width : 0;
    constexpr std::array<std::int64_t, 5> kDivisors{1, 2, 4, 8, 16};
    if (std::find(kDivisors.begin(), kDivisors.end(), found.widths_divided_by) == kDivisors.end() ||
        width * found.widths_divided_by != kFirstWidth) {
        throw ModelError(fmt::format(
            "it is an InceptionResnetV1 whose first layer has {} channels, where {} are known",
            width, kFirstWidth));
    }
    if (const TensorEntry* const logits = state.find("logits.weight")) {
        const std::int64_t classes = logits->shape.empty() ? 0 : logits->shape[0];
        if (classes < 1 || classes > kMostClasses) {
            throw ModelError(
                fmt::format("it is an InceptionResnetV1 of {} people, where 1 to {} can be",
                            classes, kMostClasses));
        }
        found.classes = classes;
    }
    return found;
}

RecognizedNetwork describe(const InceptionResnetV1Architecture& architecture) {
    constexpr std::int64_t kSide = InceptionResnetV1Architecture::kInputSide;
    const std::string widths =
        architecture.widths_divided_by == 1
            ? std::string()
            : fmt::format(" with 1/{} of its widths", architecture.widths_divided_by);
    return {.text = fmt::format("inception-resnet-v1{} {}x{}, faces to {} numbers", widths, kSide,
                                kSide, architecture.embedding()),
            .input_height = kSide,
            .input_width = kSide,
            .channels = "RGB",
            .counted = "people of its training",
            .count = architecture.classes,
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string> taps) {
                return build_inception_resnet_v1(architecture, parameters, name, taps);
            }};
}

NetworkGraph build_inception_resnet_v1(const InceptionResnetV1Architecture& architecture,
                                       Parameters& parameters, const std::string& name,
                                       std::span<const std::string> taps) {
    constexpr std::int64_t kSide = InceptionResnetV1Architecture::kInputSide;
    GraphWriter graph(name, kSide, kSide);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    const Blocks blocks{.net = net, .divisor = architecture.widths_divided_by};
    const Value mean = graph.global_mean(body(blocks));
    const std::int64_t size = architecture.embedding();
    auto weight = parameters.take("last_linear.weight", {size, graph.channels(mean)});
    const TorchConv last = blocks.normalized(std::move(weight), "last_bn", size);
    const Value embedding = torch_conv(net, last, mean, size, {});
    graph.label("embedding", embedding);
    if (architecture.classes > 0) {
        TorchConv numbers{.weight = parameters.take("logits.weight", {architecture.classes, size})};
        numbers.bias = parameters.take("logits.bias", {architecture.classes});
        graph.label("logits", torch_conv(net, numbers, embedding, architecture.classes, {}));
    }
    std::vector<std::string> outputs{"embedding"};
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    return graph.finish(outputs);
}

}  // namespace closet
