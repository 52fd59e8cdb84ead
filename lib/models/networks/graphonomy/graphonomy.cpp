#include "models/networks/graphonomy/graphonomy.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/graphonomy/part_graphs.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;

constexpr auto kCihp = static_cast<std::int64_t>(kCihpParts);
constexpr auto kPascal = static_cast<std::int64_t>(kPascalParts);
constexpr std::int64_t kMostChannels = 2048;
constexpr std::int64_t kLeastInput = 16;
constexpr std::int64_t kMostInput = 2048;

const std::string kBackbone = "xception_features.";

// --- Xception ------------------------------------------------------------------------------------

struct SeparableSize {
    std::int64_t channels = 0;  ///< of the result
    std::int64_t stride = 1;
    std::int64_t dilation = 1;
    bool inner_relu = false;  ///< after the depthwise part
    Activation last = Activation::kNone;
};

/// Depthwise 3 x 3, normalization, 1 x 1, normalization (SeparableConv2d_aspp,
/// SeparableConv2d_same).
Value separable(NetworkWriter& net, const std::string& name, Value x, const SeparableSize& size,
                std::optional<Value> residual = std::nullopt) {
    const Value filtered =
        convolution(net,
                    {.conv = name + ".depthwise",
                     .norm = name + ".depthwise_bn",
                     .depthwise = true,
                     .channels = net.graph.channels(x),
                     .kernel = 3,
                     .stride = size.stride,
                     .dilation = size.dilation,
                     .activation = size.inner_relu ? Activation::kRelu : Activation::kNone},
                    x);
    return convolution(net,
                       {.conv = name + ".pointwise",
                        .norm = name + ".pointwise_bn",
                        .channels = size.channels,
                        .activation = size.last},
                       filtered, residual);
}

Value rectified_separable(NetworkWriter& net, const std::string& name, Value x,
                          std::int64_t channels, std::int64_t dilation) {
    return separable(net, name, x,
                     {.channels = channels,
                      .dilation = dilation,
                      .inner_relu = true,
                      .last = Activation::kRelu});
}

Value shortcut(NetworkWriter& net, const std::string& name, Value x, std::int64_t channels,
               std::int64_t stride) {
    return convolution(
        net,
        {.conv = name + ".skip", .norm = name + ".skipbn", .channels = channels, .stride = stride},
        x);
}

/// Three separable convolutions beside a shortcut that sees the rectified input too (the reference
/// rectifies in place). `channels`: of each; `first`: the number of the first one's key.
Value xception_block(NetworkWriter& net, int number, Value x,
                     const std::array<std::int64_t, 3>& channels, std::int64_t stride, int first) {
    const std::string name = fmt::format("{}block{}", kBackbone, number);
    const Value beside = net.graph.channels(x) == channels[2] && stride == 1 && number != 20
                             ? x
                             : shortcut(net, name, x, channels[2], stride);
    Value y = x;
    for (std::size_t i = 0; i < channels.size(); ++i) {
        const bool last = i + 1 == channels.size();
        y = separable(net, fmt::format("{}.rep.{}", name, first + 2 * static_cast<int>(i)), y,
                      {.channels = channels[i],
                       .stride = last ? stride : 1,
                       .last = last ? Activation::kNone : Activation::kRelu},
                      last ? std::optional(beside) : std::nullopt);
    }
    net.graph.label(fmt::format("block{}", number), y);
    return y;
}

struct Features {
    Value low, high;  ///< a quarter and a sixteenth of the input's size
};

Value rectified(NetworkWriter& net, Value x) {
    return net.graph.activation(x, Activation::kRelu);
}

Features xception(NetworkWriter& net, const GraphonomyArchitecture& size) {
    Value x = convolution(net,
                          {.conv = kBackbone + "conv1",
                           .norm = kBackbone + "bn1",
                           .channels = size.stem1,
                           .kernel = 3,
                           .stride = 2,
                           .activation = Activation::kRelu},
                          net.graph.input());
    x = convolution(net,
                    {.conv = kBackbone + "conv2",
                     .norm = kBackbone + "bn2",
                     .channels = size.stem2,
                     .kernel = 3,
                     .activation = Activation::kRelu},
                    x);
    x = xception_block(net, 1, x, {size.block1, size.block1, size.block1}, 2, 0);
    x = rectified(net, x);
    const std::string block2 = kBackbone + "block2";
    Value low =
        separable(net, block2 + ".rep.1", x, {.channels = size.block2, .last = Activation::kRelu});
    low = separable(net, block2 + ".rep.3", low, {.channels = size.block2});
    net.graph.label("low_level", low);
    const Value beside = shortcut(net, block2, x, size.block2, 2);
    x = separable(net, block2 + ".block2_lastconv.1", rectified(net, low),
                  {.channels = size.block2, .stride = 2}, beside);
    x = xception_block(net, 3, rectified(net, x), {size.middle, size.middle, size.middle}, 2, 1);
    constexpr int kFirstMiddle = 4;
    constexpr int kLastBlock = 20;
    for (int block = kFirstMiddle; block < kLastBlock; ++block) {
        x = xception_block(net, block, rectified(net, x), {size.middle, size.middle, size.middle},
                           1, 1);
    }
    x = xception_block(net, kLastBlock, rectified(net, x),
                       {size.middle, size.block20, size.block20}, 1, 1);
    constexpr std::int64_t kExitDilation = 2;
    x = rectified_separable(net, kBackbone + "conv3", x, size.exit1, kExitDilation);
    x = rectified_separable(net, kBackbone + "conv4", x, size.exit2, kExitDilation);
    x = rectified_separable(net, kBackbone + "conv5", x, size.exit3, kExitDilation);
    net.graph.label("xception", x);
    return {.low = low, .high = x};
}

// --- ASPP and decoder ----------------------------------------------------------------------------

Value spread(GraphWriter& graph, Value x, Value like) {
    return graph.resize(x, graph.shape(like)[1], graph.shape(like)[2], ResizeGrid::kAlignCorners);
}

Value projected(NetworkWriter& net, const std::string& conv, const std::string& norm, Value x,
                std::int64_t channels) {
    return convolution(
        net, {.conv = conv, .norm = norm, .channels = channels, .activation = Activation::kRelu},
        x);
}

Value decoder(NetworkWriter& net, const Features& features, const GraphonomyArchitecture& size) {
    GraphWriter& graph = net.graph;
    const Value x = features.high;
    std::vector<Value> parts{projected(net, "aspp1.atrous_convolution", "aspp1.bn", x, size.head)};
    constexpr std::array<std::int64_t, 3> kRates{6, 12, 18};
    for (std::size_t i = 0; i < kRates.size(); ++i) {
        parts.push_back(rectified_separable(net, fmt::format("aspp{}.atrous_convolution", i + 2), x,
                                            size.head, kRates[i]));
    }
    parts.push_back(spread(
        graph,
        projected(net, "global_avg_pool.1", "global_avg_pool.2", graph.global_mean(x), size.head),
        x));
    const Value all = graph.concat(parts);
    graph.label("aspp_cat", all);
    const Value coarse =
        projected(net, "concat_projection_conv1", "concat_projection_bn1", all, size.head);
    const Value fine = projected(net, "feature_projection_conv1", "feature_projection_bn1",
                                 features.low, size.low);
    Value y = graph.concat({spread(graph, coarse, fine), fine});
    y = rectified_separable(net, "decoder.0.atrous_convolution", y, size.head, 1);
    y = rectified_separable(net, "decoder.1.atrous_convolution", y, size.head, 1);
    graph.label("decoder", y);
    return y;
}

// --- Graphs: values are 1 x nodes x channels -----------------------------------------------------

/// A parameter that the checkpoint stores as rows x columns.
Value matrix(NetworkWriter& net, const std::string& key, std::int64_t rows, std::int64_t columns) {
    return net.graph.constant(net.parameters.take(key, {rows, columns}), {1, rows, columns});
}

/// Takes note of a parameter that the file holds and that has no effect.
void pass_over(Parameters& parameters, const std::string& key, const Parameters::Shape& shape) {
    if (parameters.has(key)) {
        parameters.take(key, shape);
    }
}

/// x times the parameter, to `channels` channels.
Value times(NetworkWriter& net, Value x, const std::string& key, std::int64_t channels) {
    return net.graph.matrix_product(x, matrix(net, key, net.graph.channels(x), channels));
}

/// The same for every pixel of a picture: a 1 x 1 convolution.
Value pixels_times(NetworkWriter& net, Value x, const std::string& key, std::int64_t channels) {
    const std::int64_t in = net.graph.channels(x);
    const std::vector<float> weights = net.parameters.take(key, {in, channels});
    ConvNode node{.window = {},
                  .weights = {},
                  .bias = std::vector<float>(static_cast<std::size_t>(channels), 0.0F)};
    for (std::size_t out = 0; !weights.empty() && out < node.bias.size(); ++out) {
        for (std::size_t i = out; i < weights.size(); i += node.bias.size()) {
            node.weights.push_back(weights[i]);
        }
    }
    return net.graph.conv(std::move(node), x, channels);
}

/// Features of body parts: each pixel's go to the parts that it looks like, and are added up there.
Value parts_of_picture(NetworkWriter& net, const std::string& name, Value picture,
                       std::int64_t parts, std::int64_t channels) {
    GraphWriter& graph = net.graph;
    const std::int64_t pixels = graph.shape(picture)[1] * graph.shape(picture)[2];
    const Value belongs = graph.softmax(
        graph.reshape(pixels_times(net, picture, name + ".pre_fea", parts), {1, pixels, parts}));
    const Value features = graph.reshape(pixels_times(net, picture, name + ".weight", channels),
                                         {1, pixels, channels});
    return rectified(net, graph.matrix_product(graph.swap_last_axes(belongs), features));
}

/// Each part takes from those that it touches (a graph convolution).
Value convolved(NetworkWriter& net, Value adjacency, Value weights, Value x) {
    return rectified(net,
                     net.graph.matrix_product(adjacency, net.graph.matrix_product(x, weights)));
}

Value unit_rows(GraphWriter& graph, Value x) {
    constexpr float kLeast = 1e-12F;  // F.normalize's eps
    const Value length = graph.clamp(graph.length(x), kLeast, std::numeric_limits<float>::max());
    return graph.arithmetic(Arithmetic::kDivide, x, length);
}

/// What `from` says about each row of `to`, by how alike their features are.
Value by_likeness(GraphWriter& graph, Value from, Value to) {
    const Value cosines =
        graph.matrix_product(unit_rows(graph, to), graph.swap_last_axes(unit_rows(graph, from)));
    return graph.matrix_product(graph.softmax(cosines), from);
}

/// One vector for the picture, 1 x 1 x 1 x channels: of the parts, weighed by what each says. The
/// reference adds a term of the pixel to each weight's logit, which cancels in the softmax.
Value picture_feature(NetworkWriter& net, Value parts, std::int64_t channels) {
    GraphWriter& graph = net.graph;
    const std::string name = "target_graph_2_fea";
    pass_over(net.parameters, name + ".node_fea_for_res", {channels, 1});
    const Value weights =
        graph.softmax(graph.swap_last_axes(times(net, parts, name + ".node_fea_for_hidden", 1)));
    const Value vector = rectified(
        net, graph.matrix_product(weights, times(net, parts, name + ".weight", channels)));
    graph.label("graph_to_feature", vector);
    return graph.reshape(vector, {1, 1, 1, channels});
}

/// Reasoning over the parts: Pascal's graph first, then CIHP's, which listens to it three times.
Value reasoned(NetworkWriter& net, Value picture, const GraphonomyArchitecture& size) {
    GraphWriter& graph = net.graph;
    const std::int64_t channels = size.nodes;
    const Value pascal =
        graph.constant(normalized_adjacency(kPascalEdges, kPascalParts), {1, kPascal, kPascal});
    const Value cihp =
        graph.constant(normalized_adjacency(kCihpEdges, kCihpParts), {1, kCihp, kCihp});
    std::vector<float> likeness;
    for (const auto& row : kPartLikeness) {
        likeness.insert(likeness.end(), row.begin(), row.end());
    }
    const Value routes = graph.softmax(graph.constant(std::move(likeness), {1, kCihp, kPascal}));

    Value source = parts_of_picture(net, "source_featuremap_2_graph", picture, kPascal, channels);
    graph.label("source_nodes", source);
    std::array<Value, 3> sources{};
    // The second convolution counts twice and the third never: so was it trained.
    const Value first = matrix(net, "source_graph_conv1.weight", channels, channels);
    const Value second = matrix(net, "source_graph_conv2.weight", channels, channels);
    for (std::size_t i = 0; i < sources.size(); ++i) {
        source = sources[i] = convolved(net, pascal, i == 0 ? first : second, source);
    }
    pass_over(net.parameters, "source_graph_conv3.weight", {channels, channels});
    pass_over(net.parameters, "transpose_graph.adj", {kCihp, kPascal});

    Value target = parts_of_picture(net, "target_featuremap_2_graph", picture, kCihp, channels);
    graph.label("target_nodes", target);
    const Value transfer = matrix(net, "transpose_graph.weight", channels, channels);
    const Value merge = matrix(net, "fc_graph.weight", 3 * channels, channels);
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const Value moved = rectified(
            net, graph.matrix_product(routes, graph.matrix_product(sources[i], transfer)));
        const Value similar = by_likeness(graph, sources[i], target);
        target =
            rectified(net, graph.matrix_product(graph.concat({target, similar, moved}), merge));
        target = convolved(
            net, cihp,
            matrix(net, fmt::format("target_graph_conv{}.weight", i + 1), channels, channels),
            target);
    }
    graph.label("target_graph3", target);
    return picture_feature(net, target, size.head);
}

// --- What a checkpoint is ------------------------------------------------------------------------

/// Sets `width` from the extent of a tensor, where the checkpoint has it.
void read_width(const StateDict& state, const std::string& key, std::size_t axis,
                std::int64_t& width) {
    const TensorEntry* const found = state.find(key);
    if (found == nullptr || found->shape.size() <= axis) {
        return;
    }
    width = found->shape[axis];
    if (width < 1 || width > kMostChannels) {
        throw ModelError(fmt::format(
            "it is a Graphonomy with {} channels in {}, which is none that can be used (1 to {})",
            width, key, kMostChannels));
    }
}

}  // namespace

std::optional<GraphonomyArchitecture> recognize_graphonomy(const StateDict& state) {
    const TensorEntry* const semantic = state.find("semantic.weight");
    if (semantic == nullptr || semantic->shape.size() != 4 ||
        state.find("xception_features.conv1.weight") == nullptr) {
        return std::nullopt;
    }
    if (state.find("fc_graph.weight") == nullptr) {
        throw ModelError(
            "it is a Graphonomy without the graphs of the CIHP network (universal_trained.pth and "
            "the networks for pre-training are such): take inference.pth");
    }
    if (semantic->shape[0] != kCihp) {
        throw ModelError(fmt::format(
            "it is a Graphonomy with {} classes, and only the CIHP network with {} can be used: "
            "take inference.pth",
            semantic->shape[0], kCihp));
    }
    GraphonomyArchitecture found;
    const auto read = [&](const std::string& key, std::int64_t& width, std::size_t axis = 0) {
        read_width(state, key, axis, width);
    };
    read(kBackbone + "conv1.weight", found.stem1);
    read(kBackbone + "conv2.weight", found.stem2);
    read(kBackbone + "block1.skip.weight", found.block1);
    read(kBackbone + "block2.skip.weight", found.block2);
    read(kBackbone + "block3.skip.weight", found.middle);
    read(kBackbone + "block20.skip.weight", found.block20);
    read(kBackbone + "conv3.pointwise.weight", found.exit1);
    read(kBackbone + "conv4.pointwise.weight", found.exit2);
    read(kBackbone + "conv5.pointwise.weight", found.exit3);
    read("aspp1.atrous_convolution.weight", found.head);
    read("feature_projection_conv1.weight", found.low);
    read("transpose_graph.weight", found.nodes);
    return found;
}

std::string to_string(const GraphonomyArchitecture& architecture) {
    GraphonomyArchitecture published;
    published.input_width = architecture.input_width;
    published.input_height = architecture.input_height;
    return fmt::format("graphonomy{} {}x{}, {} classes",
                       architecture == published ? "" : " of other widths",
                       architecture.input_height, architecture.input_width, kCihp);
}

RecognizedNetwork describe(const GraphonomyArchitecture& architecture) {
    return {.text = to_string(architecture),
            .input_height = architecture.input_height,
            .input_width = architecture.input_width,
            .channels = "BGR",
            .counted = "classes",
            .count = kCihp,
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string> taps) {
                return build_graphonomy(architecture, parameters, name, taps);
            }};
}

NetworkGraph build_graphonomy(const GraphonomyArchitecture& architecture, Parameters& parameters,
                              const std::string& name, std::span<const std::string> taps) {
    for (const std::int64_t side : {architecture.input_width, architecture.input_height}) {
        if (side < kLeastInput || side > kMostInput) {
            throw ModelError(
                fmt::format("{} cannot take pictures with a side of {} pixels: choose {} to {}",
                            name, side, kLeastInput, kMostInput));
        }
    }
    GraphWriter graph(name, architecture.input_height, architecture.input_width);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    const Value picture = decoder(net, xception(net, architecture), architecture);
    const Value vector = reasoned(net, picture, architecture);
    const Value skipped = conv_with_bias(net, "target_skip_conv.0", picture,
                                         {.channels = architecture.head}, Activation::kRelu);
    const Value semantic = conv_with_bias(
        net, "semantic", graph.arithmetic(Arithmetic::kAdd, skipped, vector), {.channels = kCihp});
    graph.label("semantic", semantic);
    graph.label("logits", spread(graph, semantic, graph.input()));
    std::vector<std::string> outputs{"logits"};
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    NetworkGraph result = graph.finish(outputs);
    fuse(result);
    return result;
}

Graphonomy load_graphonomy(const Checkpoint& checkpoint, const LoadOptions& options) {
    return load_as(checkpoint, options, "Graphonomy", recognize_graphonomy);
}

void average_with_mirror_image(std::span<float> logits, std::span<const float> mirrored,
                               std::int64_t width) {
    // Arms, legs and shoes come in pairs.
    constexpr std::size_t kFirstPair = 14;
    const auto columns = static_cast<std::size_t>(width);
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const std::size_t part = i % kCihpParts;
        const std::size_t pixel = i / kCihpParts;
        const std::size_t column = pixel % columns;
        const std::size_t other = part < kFirstPair ? part : part ^ 1U;
        const float theirs =
            mirrored[(pixel - column + (columns - 1 - column)) * kCihpParts + other];
        logits[i] = (logits[i] + theirs) / 2;
    }
}

}  // namespace closet
