#include "models/networks/hrnet/hrnet.h"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;
using Layout = HrnetArchitecture::Layout;

// Far above any published model; what lies beyond is a damaged or hostile file.
constexpr std::int64_t kMostWidth = 256;
constexpr std::int64_t kMostKeypoints = 512;
constexpr std::int64_t kMostDepth = 16;
constexpr std::int64_t kMostSide = 1024;
constexpr std::int64_t kSmallestBranch = 32;  // input pixels a pixel of the last branch

constexpr std::int64_t kStem = 64, kBottleneck = 256;

std::string backbone_of(Layout layout) {
    return layout == Layout::kOriginal ? "" : "backbone.";
}

std::string head_of(Layout layout) {
    return layout == Layout::kOriginal ? ""
           : layout == Layout::kMmpose ? "head."
                                       : "keypoint_head.";
}

/// Convolution and normalization of neighboring entries; `residual` is added before the activation.
struct Pair {
    std::string conv, norm;
    std::int64_t channels = 0;
    std::int64_t kernel = 3;
    std::int64_t stride = 1;
    Activation activation = Activation::kRelu;
};

Value convolved(NetworkWriter& net, const Pair& pair, Value x,
                std::optional<Value> residual = std::nullopt) {
    return convolution(net,
                       {.conv = pair.conv,
                        .norm = pair.norm,
                        .channels = pair.channels,
                        .kernel = pair.kernel,
                        .stride = pair.stride,
                        .activation = pair.activation},
                       x, residual);
}

/// Entries 0 and 1 of a torch.nn.Sequential.
Pair sequential(const std::string& name, std::int64_t channels, std::int64_t kernel,
                std::int64_t stride, Activation activation = Activation::kRelu) {
    return {.conv = name + ".0",
            .norm = name + ".1",
            .channels = channels,
            .kernel = kernel,
            .stride = stride,
            .activation = activation};
}

/// Convolution `conv<index>` and normalization `bn<index>`.
Pair numbered(const std::string& name, int index, std::int64_t channels, std::int64_t kernel = 3,
              std::int64_t stride = 1) {
    return {.conv = fmt::format("{}conv{}", name, index),
            .norm = fmt::format("{}bn{}", name, index),
            .channels = channels,
            .kernel = kernel,
            .stride = stride};
}

Value bottleneck(NetworkWriter& net, const std::string& name, Value x, bool widens) {
    Value y = convolved(net, numbered(name, 1, kStem, 1), x);
    y = convolved(net, numbered(name, 2, kStem), y);
    const Value beside =
        widens ? convolved(net,
                           sequential(name + "downsample", kBottleneck, 1, 1, Activation::kNone), x)
               : x;
    return convolved(net, numbered(name, 3, kBottleneck, 1), y, beside);
}

Value basic_block(NetworkWriter& net, const std::string& name, Value x) {
    const std::int64_t channels = net.graph.channels(x);
    const Value y = convolved(net, numbered(name, 1, channels), x);
    return convolved(net, numbered(name, 2, channels), y, x);
}

/// What branch `to` gets of branch `from`, which is finer: halved as often as they lie apart.
/// `sum`: what it has got of others, if anything.
Value coarsened(NetworkWriter& net, const std::string& name, Value x, std::int64_t channels,
                std::size_t times, std::optional<Value> sum) {
    for (std::size_t i = 0; i + 1 < times; ++i) {
        x = convolved(net, sequential(fmt::format("{}.{}", name, i), net.graph.channels(x), 3, 2),
                      x);
    }
    return convolved(
        net, sequential(fmt::format("{}.{}", name, times - 1), channels, 3, 2, Activation::kNone),
        x, sum);
}

/// Sums over all branches for the first `outputs` of them, in the order of the reference.
std::vector<Value> fused(NetworkWriter& net, const std::string& name,
                         const std::vector<Value>& branches, std::size_t outputs) {
    GraphWriter& graph = net.graph;
    std::vector<Value> results;
    for (std::size_t to = 0; to < outputs; ++to) {
        std::optional<Value> sum;
        for (std::size_t from = 0; from < branches.size(); ++from) {
            const std::string part = fmt::format("{}.fuse_layers.{}.{}", name, to, from);
            const std::int64_t channels = graph.channels(branches[to]);
            if (from < to) {
                sum = coarsened(net, part, branches[from], channels, to - from, sum);
                continue;
            }
            Value term = branches[from];
            if (from > to) {
                term = convolved(net, sequential(part, channels, 1, 1, Activation::kNone), term);
                term = graph.repeat(term, std::int64_t{1} << (from - to));
            }
            sum = sum ? graph.arithmetic(Arithmetic::kAdd, *sum, term) : term;
        }
        results.push_back(graph.activation(*sum, Activation::kRelu));
    }
    return results;
}

/// Stage `index` (2 to 4). The last module of the last one gives the first branch only.
std::vector<Value> stage(NetworkWriter& net, const HrnetArchitecture& size, std::size_t index,
                         std::vector<Value> branches) {
    const std::string prefix = backbone_of(size.layout);
    const std::int64_t modules = size.modules.at(index - 2);
    for (std::int64_t module = 0; module < modules; ++module) {
        const std::string name = fmt::format("{}stage{}.{}", prefix, index, module);
        for (std::size_t branch = 0; branch < branches.size(); ++branch) {
            for (std::int64_t block = 0; block < size.blocks; ++block) {
                branches[branch] = basic_block(
                    net, fmt::format("{}.branches.{}.{}.", name, branch, block), branches[branch]);
            }
        }
        const bool last = index == HrnetArchitecture::kStages + 1 && module + 1 == modules;
        branches = fused(net, name, branches, last ? 1 : branches.size());
    }
    for (std::size_t branch = 0; branch < branches.size(); ++branch) {
        net.graph.label(fmt::format("stage{}_b{}", index, branch), branches[branch]);
    }
    return branches;
}

Value features(NetworkWriter& net, const HrnetArchitecture& size) {
    const std::string prefix = backbone_of(size.layout);
    Value x = convolved(net, numbered(prefix, 1, kStem, 3, 2), net.graph.input());
    x = convolved(net, numbered(prefix, 2, kStem, 3, 2), x);
    net.graph.label("stem", x);
    for (std::int64_t i = 0; i < size.bottlenecks; ++i) {
        x = bottleneck(net, fmt::format("{}layer1.{}.", prefix, i), x, i == 0);
    }
    net.graph.label("layer1", x);
    std::vector<Value> branches{
        convolved(net, sequential(prefix + "transition1.0", size.width, 3, 1), x),
        convolved(net, sequential(prefix + "transition1.1.0", 2 * size.width, 3, 2), x)};
    branches = stage(net, size, 2, std::move(branches));
    for (std::size_t index = 3; index <= HrnetArchitecture::kStages + 1; ++index) {
        const std::string name = fmt::format("{}transition{}.{}.0", prefix, index - 1, index - 1);
        const Value last = branches.back();
        branches.push_back(
            convolved(net, sequential(name, 2 * net.graph.channels(last), 3, 2), last));
        branches = stage(net, size, index, std::move(branches));
    }
    return branches.front();
}

void check_extent(std::int64_t extent, std::int64_t most, std::string_view what) {
    if (extent < 1 || extent > most) {
        throw ModelError(
            fmt::format("it is an HRNet with {} {}, which is none that can be used (1 to {})",
                        extent, what, most));
    }
}

/// How many entries a list of modules has: 0, 1, 2, ... until `name` with the number has no
/// weights.
std::int64_t entries(const StateDict& state, const std::string& before, const std::string& after,
                     std::string_view what) {
    std::int64_t count = 0;
    while (count <= kMostDepth &&
           state.find(fmt::format("{}{}{}", before, count, after)) != nullptr) {
        ++count;
    }
    check_extent(count, kMostDepth, what);
    return count;
}

}  // namespace

std::optional<HrnetArchitecture> recognize_hrnet(const StateDict& state) {
    for (const Layout layout : {Layout::kOriginal, Layout::kMmpose, Layout::kMmpose0}) {
        const std::string prefix = backbone_of(layout);
        const TensorEntry* const maps = state.find(head_of(layout) + "final_layer.weight");
        if (maps == nullptr || maps->shape.size() != 4 ||
            state.find(prefix + "transition1.0.0.weight") == nullptr) {
            continue;
        }
        HrnetArchitecture found;
        found.layout = layout;
        found.keypoints = maps->shape[0];
        found.width = maps->shape[1];
        check_extent(found.keypoints, kMostKeypoints, "keypoints");
        check_extent(found.width, kMostWidth, "channels");
        found.bottlenecks = entries(state, prefix + "layer1.", ".conv1.weight", "bottlenecks");
        for (std::size_t i = 0; i < found.modules.size(); ++i) {
            found.modules.at(i) = entries(state, fmt::format("{}stage{}.", prefix, i + 2),
                                          ".branches.0.0.conv1.weight", "modules in a stage");
        }
        found.blocks =
            entries(state, prefix + "stage2.0.branches.0.", ".conv1.weight", "blocks in a branch");
        return found;
    }
    return std::nullopt;
}

std::string to_string(const HrnetArchitecture& architecture) {
    HrnetArchitecture published;
    const bool usual = architecture.bottlenecks == published.bottlenecks &&
                       architecture.modules == published.modules &&
                       architecture.blocks == published.blocks;
    return fmt::format("hrnet-w{}{} {}x{}, {} keypoints", architecture.width,
                       usual ? "" : " of other depth", architecture.input_height,
                       architecture.input_width, architecture.keypoints);
}

RecognizedNetwork describe(const HrnetArchitecture& architecture) {
    return {.text = to_string(architecture),
            .input_height = architecture.input_height,
            .input_width = architecture.input_width,
            .channels = "RGB",
            .counted = "keypoints",
            .count = architecture.keypoints,
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string> taps) {
                return build_hrnet(architecture, parameters, name, taps);
            }};
}

NetworkGraph build_hrnet(const HrnetArchitecture& architecture, Parameters& parameters,
                         const std::string& name, std::span<const std::string> taps) {
    for (const std::int64_t side : {architecture.input_width, architecture.input_height}) {
        if (side < kSmallestBranch || side > kMostSide || side % kSmallestBranch != 0) {
            throw ModelError(
                fmt::format("{} cannot take pictures with a side of {} pixels: choose a multiple "
                            "of {} up to {}",
                            name, side, kSmallestBranch, kMostSide));
        }
    }
    GraphWriter graph(name, architecture.input_height, architecture.input_width);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    // Heads of MMPose 1.x hold nothing else; those of 0.x neither.
    const Value maps =
        conv_with_bias(net, head_of(architecture.layout) + "final_layer",
                       features(net, architecture), {.channels = architecture.keypoints});
    graph.label("heatmap", maps);
    std::vector<std::string> outputs{"heatmap"};
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    return graph.finish(outputs);
}

Hrnet load_hrnet(const Checkpoint& checkpoint, const LoadOptions& options) {
    return load_as(checkpoint, options, "HRNet", recognize_hrnet);
}

}  // namespace closet
