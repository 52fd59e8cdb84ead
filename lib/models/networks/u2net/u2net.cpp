#include "models/networks/u2net/u2net.h"

#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;

constexpr std::int64_t kMostWidth = 512;  // as the published one has
constexpr std::int64_t kMostMaps = 64;
constexpr std::int64_t kMostSide = 4096;
constexpr std::int64_t kClothSide = 768;

constexpr std::size_t kLevels = 6;

constexpr std::array<RsuSize, U2NetArchitecture::kStages> kFull{{{32, 64},
                                                                 {32, 128},
                                                                 {64, 256},
                                                                 {128, 512},
                                                                 {256, 512},
                                                                 {256, 512},
                                                                 {256, 512},
                                                                 {128, 256},
                                                                 {64, 128},
                                                                 {32, 64},
                                                                 {16, 64}}};

constexpr std::array<RsuSize, U2NetArchitecture::kStages> kSmall{{{16, 64},
                                                                  {16, 64},
                                                                  {16, 64},
                                                                  {16, 64},
                                                                  {16, 64},
                                                                  {16, 64},
                                                                  {16, 64},
                                                                  {16, 64},
                                                                  {16, 64},
                                                                  {16, 64},
                                                                  {16, 64}}};

/// "stage1" to "stage6", then "stage5d" to "stage1d".
std::string stage_name(std::size_t index) {
    return index < kLevels ? fmt::format("stage{}", index + 1)
                           : fmt::format("stage{}d", U2NetArchitecture::kStages - index);
}

/// 3 x 3 convolution with bias, normalization, ReLU (REBNCONV).
Value rebnconv(NetworkWriter& net, const std::string& name, Value x, std::int64_t channels,
               std::int64_t dilation = 1, std::optional<Value> residual = std::nullopt) {
    return convolution(net,
                       {.conv = name + ".conv_s1",
                        .norm = name + ".bn_s1",
                        .bias = true,
                        .channels = channels,
                        .kernel = 3,
                        .dilation = dilation,
                        .activation = Activation::kRelu,
                        .residual_last = residual.has_value()},
                       x, residual);
}

Value resize_like(GraphWriter& graph, Value x, Value like) {
    const auto& size = graph.shape(like);
    const auto& own = graph.shape(x);
    return own[1] == size[1] && own[2] == size[2]
               ? x
               : graph.resize(x, size[1], size[2], ResizeGrid::kHalfPixel);
}

/// A U of `depth` levels, each half as large as the one before but for the last, which sees twice
/// as far instead (RSU-7 to RSU-4).
Value pooled_block(NetworkWriter& net, const std::string& name, Value x, const RsuSize& size,
                   std::size_t depth) {
    GraphWriter& graph = net.graph;
    const auto part = [&](std::size_t level, const char* side) {
        return fmt::format("{}.rebnconv{}{}", name, level, side);
    };
    const Value in = rebnconv(net, name + ".rebnconvin", x, size.out);
    std::vector<Value> down;
    Value y = in;
    for (std::size_t level = 1; level < depth; ++level) {
        y = rebnconv(net, part(level, ""), y, size.middle);
        down.push_back(y);
        if (level + 1 < depth) {
            y = graph.halving_max_pool(y);
        }
    }
    y = rebnconv(net, part(depth, ""), y, size.middle, 2);
    for (std::size_t level = depth - 1; level > 1; --level) {
        y = resize_like(graph, y, down[level - 1]);
        y = rebnconv(net, part(level, "d"), graph.concat({y, down[level - 1]}), size.middle);
    }
    y = graph.concat({resize_like(graph, y, down[0]), down[0]});
    return rebnconv(net, part(1, "d"), y, size.out, 1, in);
}

/// The same at one size, with windows that grow instead (RSU-4F).
Value dilated_block(NetworkWriter& net, const std::string& name, Value x, const RsuSize& size) {
    GraphWriter& graph = net.graph;
    const std::string part = name + ".rebnconv";
    const Value in = rebnconv(net, part + "in", x, size.out);
    const Value e1 = rebnconv(net, part + "1", in, size.middle);
    const Value e2 = rebnconv(net, part + "2", e1, size.middle, 2);
    const Value e3 = rebnconv(net, part + "3", e2, size.middle, 4);
    const Value e4 = rebnconv(net, part + "4", e3, size.middle, 8);
    const Value d3 = rebnconv(net, part + "3d", graph.concat({e4, e3}), size.middle, 4);
    const Value d2 = rebnconv(net, part + "2d", graph.concat({d3, e2}), size.middle, 2);
    return rebnconv(net, part + "1d", graph.concat({d2, e1}), size.out, 1, in);
}

/// Stage `index` of the network, labeled with its name.
Value stage(NetworkWriter& net, std::size_t index, Value x, const U2NetArchitecture& architecture) {
    const std::size_t level = index < kLevels ? index : U2NetArchitecture::kStages - 1 - index;
    constexpr std::size_t kPooledLevels = 4;
    constexpr std::size_t kDeepest = 7;
    const std::string name = stage_name(index);
    const RsuSize& size = architecture.stages[index];
    const Value y = level < kPooledLevels ? pooled_block(net, name, x, size, kDeepest - level)
                                          : dilated_block(net, name, x, size);
    net.graph.label(name, y);
    return y;
}

/// Channels of a convolution's result, or `fallback` where the checkpoint lacks it.
std::int64_t width_of(const StateDict& state, const std::string& key, std::int64_t fallback) {
    const TensorEntry* const weights = state.find(key + ".conv_s1.weight");
    if (weights == nullptr || weights->shape.size() != 4) {
        return fallback;
    }
    const std::int64_t width = weights->shape[0];
    if (width < 1 || width > kMostWidth) {
        throw ModelError(fmt::format(
            "it is a U-2-Net with {} channels in {}, which is none that can be used (1 to {})",
            width, key, kMostWidth));
    }
    return width;
}

}  // namespace

std::optional<U2NetArchitecture> recognize_u2net(const StateDict& state) {
    const TensorEntry* const maps = state.find("outconv.weight");
    const TensorEntry* const first = state.find("stage1.rebnconv1.conv_s1.weight");
    if (maps == nullptr || maps->shape.size() != 4 || first == nullptr ||
        first->shape.size() != 4) {
        return std::nullopt;
    }
    U2NetArchitecture found;
    found.classes = maps->shape[0];
    if (found.classes < 1 || found.classes > kMostMaps) {
        throw ModelError(
            fmt::format("it is a U-2-Net with {} classes, which is none that can be used (1 to {})",
                        found.classes, kMostMaps));
    }
    const auto& known = first->shape[0] == kSmall[0].middle ? kSmall : kFull;
    for (std::size_t i = 0; i < U2NetArchitecture::kStages; ++i) {
        const std::string name = stage_name(i);
        found.stages[i] = {width_of(state, name + ".rebnconv1", known[i].middle),
                           width_of(state, name + ".rebnconvin", known[i].out)};
    }
    if (found.classes > 1) {
        found.input_width = found.input_height = kClothSide;
    }
    return found;
}

std::string to_string(const U2NetArchitecture& architecture) {
    std::string name = architecture.stages == kFull    ? "u2net"
                       : architecture.stages == kSmall ? "u2netp"
                                                       : "u2net of other widths";
    constexpr std::int64_t kClothClasses = 4;
    if (architecture.classes == kClothClasses) {
        name = architecture.stages == kFull ? "u2net-cloth" : "u2net-cloth of other widths";
    }
    return fmt::format("{} {}x{}, {} class{}", name, architecture.input_height,
                       architecture.input_width, architecture.classes,
                       architecture.classes == 1 ? "" : "es");
}

RecognizedNetwork describe(const U2NetArchitecture& architecture) {
    return {.text = to_string(architecture),
            .input_height = architecture.input_height,
            .input_width = architecture.input_width,
            .channels = "RGB",
            .counted = "classes",
            .count = architecture.classes,
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string> taps) {
                return build_u2net(architecture, parameters, name, taps);
            }};
}

NetworkGraph build_u2net(const U2NetArchitecture& architecture, Parameters& parameters,
                         const std::string& name, std::span<const std::string> taps) {
    for (const std::int64_t side : {architecture.input_width, architecture.input_height}) {
        if (side < 1 || side > kMostSide) {
            throw ModelError(
                fmt::format("{} cannot take pictures with a side of {} pixels: choose 1 to {}",
                            name, side, kMostSide));
        }
    }
    GraphWriter graph(name, architecture.input_height, architecture.input_width);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    std::array<Value, kLevels> levels{};
    Value x = graph.input();
    for (std::size_t i = 0; i < kLevels; ++i) {
        x = levels[i] = stage(net, i, i == 0 ? x : graph.halving_max_pool(x), architecture);
    }
    for (std::size_t i = kLevels; i < U2NetArchitecture::kStages; ++i) {
        Value& partner = levels[U2NetArchitecture::kStages - 1 - i];
        x = graph.concat({resize_like(graph, x, partner), partner});
        x = partner = stage(net, i, x, architecture);
    }
    const bool salient = architecture.classes == 1;
    const auto label_map = [&](std::size_t index, Value logits) {
        graph.label(fmt::format("d{}", index),
                    salient ? graph.activation(logits, Activation::kSigmoid) : logits);
    };
    std::vector<Value> maps;
    for (std::size_t i = 0; i < kLevels; ++i) {
        const std::string side = fmt::format("side{}", i + 1);
        const Value map =
            conv_with_bias(net, side, levels[i], {.channels = architecture.classes, .kernel = 3});
        graph.label(side, map);
        maps.push_back(i == 0 ? map : resize_like(graph, map, maps[0]));
        label_map(i + 1, maps.back());
    }
    const Value logits =
        conv_with_bias(net, "outconv", graph.concat(maps), {.channels = architecture.classes});
    graph.label("outconv", logits);
    label_map(0, logits);
    std::vector<std::string> outputs{"d0"};
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    NetworkGraph result = graph.finish(outputs);
    fuse(result);
    return result;
}

U2Net load_u2net(const Checkpoint& checkpoint, const LoadOptions& options) {
    return load_as(checkpoint, options, "U-2-Net", recognize_u2net);
}

}  // namespace closet
