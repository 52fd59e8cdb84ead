#include "models/networks/deeplabv3plus/deeplabv3plus.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;
using Block = DeepLabArchitecture::Block;

constexpr std::int64_t kMostChannels = 4096;
constexpr std::int64_t kMostClasses = 1024;
constexpr std::int64_t kMostBlocks = 64;  // of a layer
constexpr std::int64_t kLeastSide = 32, kMostSide = 2048;

constexpr std::int64_t kOutputStride = 16;

const std::string kHead = "classifier.";

/// Fine features, at a quarter of the input's size, and coarse ones, at a sixteenth.
struct Pyramid {
    Value low, high;
};

/// A convolution and the normalization that follows it, in one torch.nn.Sequential or side by side.
struct Normed {
    std::string conv, norm;
    std::int64_t channels = 0;
    std::int64_t kernel = 1, stride = 1, dilation = 1;
    std::optional<std::int64_t> pad{};
    bool depthwise = false;
    Activation activation = Activation::kRelu;
};

Value normed(NetworkWriter& net, const Normed& layer, Value x,
             std::optional<Value> residual = std::nullopt) {
    return convolution(net,
                       {.conv = layer.conv,
                        .norm = layer.norm,
                        .depthwise = layer.depthwise,
                        .channels = layer.channels,
                        .kernel = layer.kernel,
                        .stride = layer.stride,
                        .dilation = layer.dilation,
                        .pad = layer.pad,
                        .activation = layer.activation},
                       x, residual);
}

// --- MobileNetV2 ---------------------------------------------------------------------------------

constexpr std::size_t kMobileBlocks = 17, kFirstHigh = 4, kLastLow = 3;

std::string feature(std::size_t index) {
    return fmt::format("backbone.{}_level_features.{}.", index < kFirstHigh ? "low" : "high",
                       index);
}

/// The stride that a block would have in the network for whole pictures.
constexpr std::array<std::int64_t, kMobileBlocks> kMobileStrides{1, 2, 1, 2, 1, 1, 2, 1, 1,
                                                                 1, 1, 1, 1, 2, 1, 1, 1};

/// Widen, filter, narrow. Zeros are put around before the widening, so that its bias reaches the
/// border: the reference pads whole blocks.
Value inverted_residual(NetworkWriter& net, const std::string& name, Value x, const Block& size,
                        std::int64_t stride, std::int64_t dilation, bool widens) {
    int part = 0;
    Value y = x;
    if (widens) {
        y = normed(net,
                   {.conv = name + "conv.0.0",
                    .norm = name + "conv.0.1",
                    .channels = size.middle,
                    .pad = dilation,
                    .activation = Activation::kRelu6},
                   y);
        part = 1;
    }
    y = normed(net,
               {.conv = fmt::format("{}conv.{}.0", name, part),
                .norm = fmt::format("{}conv.{}.1", name, part),
                .channels = size.middle,
                .kernel = 3,
                .stride = stride,
                .dilation = dilation,
                .pad = widens ? 0 : dilation,
                .depthwise = true,
                .activation = Activation::kRelu6},
               y);
    const bool same = stride == 1 && net.graph.channels(x) == size.channels;
    return normed(net,
                  {.conv = fmt::format("{}conv.{}", name, part + 1),
                   .norm = fmt::format("{}conv.{}", name, part + 2),
                   .channels = size.channels,
                   .activation = Activation::kNone},
                  y, same ? std::optional(x) : std::nullopt);
}

Pyramid mobilenet(NetworkWriter& net, const DeepLabArchitecture& size) {
    Value x = normed(net,
                     {.conv = feature(0) + "0",
                      .norm = feature(0) + "1",
                      .channels = size.stem,
                      .kernel = 3,
                      .stride = 2,
                      .pad = 0,
                      .activation = Activation::kRelu6},
                     net.graph.input());
    net.graph.label("stem", x);
    Value low = x;
    std::int64_t reached = 2, dilation = 1;
    for (std::size_t i = 0; i < kMobileBlocks; ++i) {
        std::int64_t stride = kMobileStrides.at(i);
        const std::int64_t own_dilation = dilation;
        if (stride > 1 && reached == kOutputStride) {
            dilation *= std::exchange(stride, 1);  // for the blocks after this one
        }
        reached *= stride;
        x = inverted_residual(net, feature(i + 1), x, size.layers.at(0).at(i), stride, own_dilation,
                              i > 0);
        if (i + 1 == kLastLow) {
            low = x;
        }
        net.graph.label(fmt::format("block{}", i + 1), x);
    }
    return {.low = low, .high = x};
}

// --- ResNet --------------------------------------------------------------------------------------

Value res_bottleneck(NetworkWriter& net, const std::string& name, Value x, const Block& size,
                     std::int64_t stride, std::int64_t dilation, bool first) {
    const auto layer = [&](int index, std::int64_t channels) {
        return Normed{.conv = fmt::format("{}conv{}", name, index),
                      .norm = fmt::format("{}bn{}", name, index),
                      .channels = channels};
    };
    Value y = normed(net, layer(1, size.middle), x);
    Normed middle = layer(2, size.middle);
    middle.kernel = 3;
    middle.stride = stride;
    middle.dilation = dilation;
    y = normed(net, middle, y);
    const Value beside = first ? normed(net,
                                        {.conv = name + "downsample.0",
                                         .norm = name + "downsample.1",
                                         .channels = size.channels,
                                         .stride = stride,
                                         .activation = Activation::kNone},
                                        x)
                               : x;
    return normed(net, layer(3, size.channels), y, beside);
}

Pyramid resnet(NetworkWriter& net, const DeepLabArchitecture& size) {
    Value x = normed(net,
                     {.conv = "backbone.conv1",
                      .norm = "backbone.bn1",
                      .channels = size.stem,
                      .kernel = 7,
                      .stride = 2},
                     net.graph.input());
    x = net.graph.pool({.window = {.kernel_h = 3,
                                   .kernel_w = 3,
                                   .stride_h = 2,
                                   .stride_w = 2,
                                   .pad_top = 1,
                                   .pad_bottom = 1,
                                   .pad_left = 1,
                                   .pad_right = 1},
                        .maximum = true},
                       x);
    net.graph.label("stem", x);
    Value low = x;
    std::int64_t reached = 4, dilation = 1;
    for (std::size_t layer = 0; layer < size.layers.size(); ++layer) {
        const std::vector<Block>& blocks = size.layers[layer];
        std::int64_t stride = layer == 0 ? 1 : 2;
        const std::int64_t first_dilation = dilation;
        if (stride > 1 && reached == kOutputStride) {
            dilation *= std::exchange(stride, 1);
        }
        reached *= stride;
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            x = res_bottleneck(net, fmt::format("backbone.layer{}.{}.", layer + 1, i), x, blocks[i],
                               i == 0 ? stride : 1, i == 0 ? first_dilation : dilation, i == 0);
        }
        net.graph.label(fmt::format("layer{}", layer + 1), x);
        if (layer == 0) {
            low = x;
        }
    }
    return {.low = low, .high = x};
}

// --- Head ----------------------------------------------------------------------------------------

Value resized_to(GraphWriter& graph, Value x, Value like) {
    return graph.resize(x, graph.shape(like)[1], graph.shape(like)[2], ResizeGrid::kHalfPixel);
}

/// What is around each place, near and far.
Value surroundings(NetworkWriter& net, const DeepLabArchitecture& size, Value x) {
    const std::string name = kHead + "aspp.convs.";
    std::vector<Value> parts{
        normed(net, {.conv = name + "0.0", .norm = name + "0.1", .channels = size.head}, x)};
    constexpr std::array<std::int64_t, 3> kRates{6, 12, 18};
    for (std::size_t i = 0; i < kRates.size(); ++i) {
        parts.push_back(normed(net,
                               {.conv = fmt::format("{}{}.0", name, i + 1),
                                .norm = fmt::format("{}{}.1", name, i + 1),
                                .channels = size.head,
                                .kernel = 3,
                                .dilation = kRates.at(i)},
                               x));
    }
    const Value all =
        normed(net, {.conv = name + "4.1", .norm = name + "4.2", .channels = size.head},
               net.graph.global_mean(x));
    parts.push_back(resized_to(net.graph, all, x));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        net.graph.label(fmt::format("aspp{}", i), parts[i]);
    }
    const Value y = normed(
        net,
        {.conv = kHead + "aspp.project.0", .norm = kHead + "aspp.project.1", .channels = size.head},
        net.graph.concat(parts));
    net.graph.label("aspp", y);
    return y;
}

Value logits(NetworkWriter& net, const DeepLabArchitecture& size, const Pyramid& features) {
    GraphWriter& graph = net.graph;
    graph.label("low_level", features.low);
    graph.label("out", features.high);
    const Value low = normed(
        net, {.conv = kHead + "project.0", .norm = kHead + "project.1", .channels = size.low},
        features.low);
    graph.label("project", low);
    const Value high = resized_to(graph, surroundings(net, size, features.high), low);
    const Value y = normed(net,
                           {.conv = kHead + "classifier.0",
                            .norm = kHead + "classifier.1",
                            .channels = size.head,
                            .kernel = 3},
                           graph.concat({low, high}));
    graph.label("classifier_conv", y);
    const Value classes =
        conv_with_bias(net, kHead + "classifier.3", y, {.channels = size.classes});
    graph.label("semantic", classes);
    graph.label("logits", resized_to(graph, classes, graph.input()));
    return classes;
}

// --- What a checkpoint is ------------------------------------------------------------------------

/// How many filters a convolution has, or nothing where the checkpoint lacks it.
std::optional<std::int64_t> filters(const StateDict& state, const std::string& conv) {
    const TensorEntry* const weights = state.find(conv + ".weight");
    if (weights == nullptr || weights->shape.size() != 4) {
        return std::nullopt;
    }
    const std::int64_t count = weights->shape[0];
    if (count < 1 || count > kMostChannels) {
        throw ModelError(fmt::format(
            "it is a DeepLabV3+ with {} channels in {}, which is none that can be used (1 to {})",
            count, conv, kMostChannels));
    }
    return count;
}

std::vector<Block> mobile_blocks(const StateDict& state) {
    std::vector<Block> blocks;
    for (std::size_t i = 1; i <= kMobileBlocks; ++i) {
        const std::string name = feature(i) + "conv.";
        const int last = i == 1 ? 1 : 2;
        // What is missing is told by the report of the keys.
        blocks.push_back({.middle = filters(state, name + "0.0").value_or(1),
                          .channels = filters(state, name + std::to_string(last)).value_or(1)});
    }
    return blocks;
}

std::vector<Block> resnet_blocks(const StateDict& state, std::size_t layer) {
    std::vector<Block> blocks;
    for (std::int64_t i = 0; i <= kMostBlocks; ++i) {
        const std::string name = fmt::format("backbone.layer{}.{}.", layer, i);
        const auto middle = filters(state, name + "conv1");
        if (!middle) {
            return blocks;
        }
        blocks.push_back(
            {.middle = *middle, .channels = filters(state, name + "conv3").value_or(1)});
    }
    throw ModelError(
        fmt::format("it is a DeepLabV3+ with more than {} blocks in layer {}", kMostBlocks, layer));
}

std::string backbone_name(const DeepLabArchitecture& architecture) {
    if (architecture.is_mobilenet) {
        return "mobilenet";
    }
    std::size_t convolutions = 2;
    for (const std::vector<Block>& blocks : architecture.layers) {
        convolutions += 3 * blocks.size();
    }
    return fmt::format("resnet{}", convolutions);
}

}  // namespace

std::optional<DeepLabArchitecture> recognize_deeplab(const StateDict& state) {
    const TensorEntry* const classes = state.find(kHead + "classifier.3.weight");
    const bool is_mobilenet = state.find(feature(0) + "0.weight") != nullptr;
    if (classes == nullptr || classes->shape.size() != 4 ||
        (!is_mobilenet && state.find("backbone.conv1.weight") == nullptr)) {
        return std::nullopt;
    }
    DeepLabArchitecture found;
    found.is_mobilenet = is_mobilenet;
    found.classes = classes->shape[0];
    if (found.classes < 1 || found.classes > kMostClasses) {
        throw ModelError(fmt::format(
            "it is a DeepLabV3+ with {} classes, which is none that can be used", found.classes));
    }
    found.head = filters(state, kHead + "aspp.project.0").value_or(found.head);
    found.low = filters(state, kHead + "project.0").value_or(found.low);
    if (is_mobilenet) {
        found.stem = filters(state, feature(0) + "0").value_or(found.stem);
        found.layers = {mobile_blocks(state)};
        return found;
    }
    found.stem = filters(state, "backbone.conv1").value_or(found.stem);
    constexpr std::size_t kLayers = 4;
    for (std::size_t layer = 1; layer <= kLayers; ++layer) {
        found.layers.push_back(resnet_blocks(state, layer));
        if (found.layers.back().empty()) {
            throw ModelError(fmt::format(
                "it is a DeepLabV3+ on a ResNet without bottlenecks in layer {}: there are those "
                "on resnet50 and resnet101, and on mobilenet",
                layer));
        }
    }
    return found;
}

std::string to_string(const DeepLabArchitecture& architecture) {
    constexpr std::int64_t kPublishedHead = 256;
    return fmt::format("deeplabv3plus-{}{} {}x{}, {} classes", backbone_name(architecture),
                       architecture.head == kPublishedHead ? "" : " of other widths",
                       architecture.input_height, architecture.input_width, architecture.classes);
}

RecognizedNetwork describe(const DeepLabArchitecture& architecture) {
    return {.text = to_string(architecture),
            .input_height = architecture.input_height,
            .input_width = architecture.input_width,
            .channels = "RGB",
            .counted = "classes",
            .count = architecture.classes,
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string> taps) {
                return build_deeplab(architecture, parameters, name, taps);
            }};
}

NetworkGraph build_deeplab(const DeepLabArchitecture& architecture, Parameters& parameters,
                           const std::string& name, std::span<const std::string> taps) {
    for (const std::int64_t side : {architecture.input_width, architecture.input_height}) {
        if (side < kLeastSide || side > kMostSide) {
            throw ModelError(
                fmt::format("{} cannot take pictures with a side of {} pixels: choose {} to {}",
                            name, side, kLeastSide, kMostSide));
        }
    }
    GraphWriter graph(name, architecture.input_height, architecture.input_width);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    logits(net, architecture,
           architecture.is_mobilenet ? mobilenet(net, architecture) : resnet(net, architecture));
    std::vector<std::string> outputs{"semantic"};
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    return graph.finish(outputs);
}

DeepLab load_deeplab(const Checkpoint& checkpoint, const LoadOptions& options) {
    return load_as(checkpoint, options, "DeepLabV3+", recognize_deeplab);
}

}  // namespace closet
