#include "models/networks/openpose/openpose.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;

constexpr std::int64_t kMostChannels = 1024;
constexpr std::int64_t kMostSide = 4096;
constexpr std::int64_t kStride = 8;
constexpr int kLastStage = 6;

/// A convolution with bias, and ReLU but where `rectified` is false.
Value layer(NetworkWriter& net, const std::string& name, Value x, std::int64_t channels,
            std::int64_t kernel, bool rectified = true) {
    return conv_with_bias(net, name, x, {.channels = channels, .kernel = kernel},
                          rectified ? Activation::kRelu : Activation::kNone);
}

Value features(NetworkWriter& net, const OpenPoseArchitecture& size) {
    GraphWriter& graph = net.graph;
    Value x = layer(net, "conv1_1", graph.input(), size.conv1, 3);
    x = layer(net, "conv1_2", x, size.conv1, 3);
    x = graph.max_pool(x, 2, 2, /*ceils=*/false);
    graph.label("pool1", x);
    x = layer(net, "conv2_1", x, size.conv2, 3);
    x = layer(net, "conv2_2", x, size.conv2, 3);
    x = graph.max_pool(x, 2, 2, /*ceils=*/false);
    for (int i = 1; i <= 4; ++i) {
        x = layer(net, fmt::format("conv3_{}", i), x, size.conv3, 3);
    }
    x = graph.max_pool(x, 2, 2, /*ceils=*/false);
    x = layer(net, "conv4_1", x, size.conv4, 3);
    x = layer(net, "conv4_2", x, size.conv4, 3);
    x = layer(net, "conv4_3_CPM", x, size.reduced, 3);
    x = layer(net, "conv4_4_CPM", x, size.features, 3);
    graph.label("model0", x);
    return x;
}

/// Branch 1 gives directions, branch 2 heat maps.
constexpr std::int64_t maps_of(int branch) {
    return branch == 1 ? OpenPoseArchitecture::kDirections : OpenPoseArchitecture::kMaps;
}

Value first_stage(NetworkWriter& net, const OpenPoseArchitecture& size, Value x, int branch) {
    const auto name = [&](int i) { return fmt::format("conv5_{}_CPM_L{}", i, branch); };
    for (int i = 1; i <= 3; ++i) {
        x = layer(net, name(i), x, size.stage1, 3);
    }
    x = layer(net, name(4), x, size.wide, 1);
    return layer(net, name(5), x, maps_of(branch), 1, /*rectified=*/false);
}

Value later_stage(NetworkWriter& net, const OpenPoseArchitecture& size, Value x, int stage,
                  int branch) {
    const auto name = [&](int i) { return fmt::format("Mconv{}_stage{}_L{}", i, stage, branch); };
    for (int i = 1; i <= 5; ++i) {
        x = layer(net, name(i), x, size.refined, 7);
    }
    x = layer(net, name(6), x, size.refined, 1);
    // The reference's list of layers without ReLU lacks this one, and so was it converted.
    const bool rectified = stage == kLastStage && branch == 2;
    return layer(net, name(7), x, maps_of(branch), 1, rectified);
}

/// Sets `width` to the channels of a layer's result, where the checkpoint has it.
void read_width(const StateDict& state, const std::string& name, std::int64_t& width) {
    const TensorEntry* const weights = state.find(name + ".weight");
    if (weights == nullptr || weights->shape.size() != 4) {
        return;
    }
    width = weights->shape[0];
    if (width < 1 || width > kMostChannels) {
        throw ModelError(fmt::format(
            "it is an OpenPose with {} channels in {}, which is none that can be used (1 to {})",
            width, name, kMostChannels));
    }
}

}  // namespace

std::optional<OpenPoseArchitecture> recognize_openpose(const StateDict& state) {
    const TensorEntry* const heat = state.find("Mconv7_stage6_L2.weight");
    const TensorEntry* const directions = state.find("Mconv7_stage6_L1.weight");
    if (heat == nullptr || heat->shape.size() != 4 || directions == nullptr ||
        directions->shape.size() != 4) {
        return std::nullopt;
    }
    if (heat->shape[0] != OpenPoseArchitecture::kMaps ||
        directions->shape[0] != OpenPoseArchitecture::kDirections) {
        throw ModelError(fmt::format(
            "it is an OpenPose with {} heat maps and {} of directions, and only the network for 18 "
            "keypoints of a body, with {} and {}, can be used: take body_pose_model.pth",
            heat->shape[0], directions->shape[0], OpenPoseArchitecture::kMaps,
            OpenPoseArchitecture::kDirections));
    }
    OpenPoseArchitecture found;
    read_width(state, "conv1_1", found.conv1);
    read_width(state, "conv2_1", found.conv2);
    read_width(state, "conv3_1", found.conv3);
    read_width(state, "conv4_1", found.conv4);
    read_width(state, "conv4_3_CPM", found.reduced);
    read_width(state, "conv4_4_CPM", found.features);
    read_width(state, "conv5_1_CPM_L1", found.stage1);
    read_width(state, "conv5_4_CPM_L1", found.wide);
    read_width(state, "Mconv1_stage2_L1", found.refined);
    return found;
}

std::string to_string(const OpenPoseArchitecture& architecture) {
    OpenPoseArchitecture published;
    published.input_width = architecture.input_width;
    published.input_height = architecture.input_height;
    return fmt::format("openpose-body{} {}x{}, 18 keypoints",
                       architecture == published ? "" : " of other widths",
                       architecture.input_height, architecture.input_width);
}

RecognizedNetwork describe(const OpenPoseArchitecture& architecture) {
    return {.text = to_string(architecture),
            .input_height = architecture.input_height,
            .input_width = architecture.input_width,
            .channels = "BGR",
            .counted = "keypoints",
            .count = OpenPoseArchitecture::kMaps - 1,
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string> taps) {
                return build_openpose(architecture, parameters, name, taps);
            }};
}

NetworkGraph build_openpose(const OpenPoseArchitecture& architecture, Parameters& parameters,
                            const std::string& name, std::span<const std::string> taps) {
    for (const std::int64_t side : {architecture.input_width, architecture.input_height}) {
        if (side < kStride || side > kMostSide || side % kStride != 0) {
            throw ModelError(
                fmt::format("{} cannot take pictures with a side of {} pixels: choose a multiple "
                            "of {} up to {}",
                            name, side, kStride, kMostSide));
        }
    }
    GraphWriter graph(name, architecture.input_height, architecture.input_width);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    const Value picture = features(net, architecture);
    Value directions = first_stage(net, architecture, picture, 1);
    Value heat = first_stage(net, architecture, picture, 2);
    for (int stage = 1;; ++stage) {
        graph.label(fmt::format("model{}_1", stage), directions);
        graph.label(fmt::format("model{}_2", stage), heat);
        if (stage == kLastStage) {
            break;
        }
        const Value all = graph.concat({directions, heat, picture});
        directions = later_stage(net, architecture, all, stage + 1, 1);
        heat = later_stage(net, architecture, all, stage + 1, 2);
    }
    std::vector<std::string> outputs{"model6_1", "model6_2"};
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    return graph.finish(outputs);
}

OpenPoseNetwork load_openpose(const Checkpoint& checkpoint, const LoadOptions& options) {
    return load_as(checkpoint, options, "OpenPose", recognize_openpose);
}

}  // namespace closet
