#include "models/networks/rtm/rtmpose.h"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;

// Far above any published model; what lies beyond is no RTMPose but a damaged or hostile file.
constexpr std::int64_t kMostKeypoints = 512;
constexpr std::int64_t kMostCropSide = 1024;
constexpr std::int64_t kMostHidden = 512;

constexpr std::int64_t kBinsPerPixel = 2;  // simcc_split_ratio
constexpr std::int64_t kStride = 32;       // of the last stage

void check_extent(std::int64_t extent, std::int64_t most, const char* what) {
    if (extent < 1 || extent > most) {
        throw ModelError(
            fmt::format("it is an RTMPose with {} {}, which is none that can be used "
                        "(1 to {})",
                        extent, what, most));
    }
}

std::int64_t input_side(std::int64_t bins, const char* what) {
    const std::int64_t side = bins / kBinsPerPixel;
    check_extent(side, kMostCropSide, what);
    if (bins % kBinsPerPixel != 0 || side % kStride != 0) {
        throw ModelError(
            fmt::format("it is an RTMPose with {} SimCC bins for its {}, where a "
                        "multiple of {} is needed",
                        bins, what, kBinsPerPixel * kStride));
    }
    return side;
}

/// A linear layer without bias on each pixel: 1 x K x 1 x C becomes 1 x K x 1 x channels, plus
/// `residual`. `weights`: channels x C, PyTorch's order; empty in a survey.
Value linear(NetworkWriter& net, std::vector<float> weights, Value x, std::int64_t channels,
             Activation activation = Activation::kNone,
             std::optional<Value> residual = std::nullopt) {
    ConvNode node{.window = {},
                  .weights = std::move(weights),
                  .bias = std::vector<float>(static_cast<std::size_t>(channels), 0.0F),
                  .activation = activation};
    return residual ? net.graph.conv(std::move(node), x, channels, *residual)
                    : net.graph.conv(std::move(node), x, channels);
}

/// Each pixel x of C channels: x / max(|x| / sqrt(C), 1e-5) * g, parameter `<name>.g` [1].
/// mmpose/models/utils/rtmcc_block.py, ScaleNorm (MMPose 1.3.2).
Value scale_norm(NetworkWriter& net, const std::string& name, Value x) {
    const auto gain = net.parameters.take(name + ".g", {1}, 1);
    return net.graph.scale_norm(x, gain.empty() ? 1 : gain.front());
}

// Row 0 of gamma and beta makes the query, row 1 the key.
GatedAttentionNode gated_attention(NetworkWriter& net, const std::string& name,
                                   const GauSize& size) {
    const auto gamma = net.parameters.take(name + ".gamma", {2, size.attention});
    const auto beta = net.parameters.take(name + ".beta", {2, size.attention});
    const auto row = [](const std::vector<float>& rows, std::ptrdiff_t index) {
        const auto length = static_cast<std::ptrdiff_t>(rows.size()) / 2;
        const auto first = rows.begin() + index * length;
        return std::vector<float>(first, first + length);
    };
    return {.query_scale = row(gamma, 0),
            .query_shift = row(beta, 0),
            .key_scale = row(gamma, 1),
            .key_shift = row(beta, 1)};
}

/// Gated attention unit (GAU; Hua et al. 2022, "Transformer Quality in Linear Time") over the
/// keypoints, as the RTMPose body models have it: self-attention without mask, position bias or
/// dropout. mmpose/models/utils/rtmcc_block.py, RTMCCBlock (MMPose 1.3.2).
///
/// 1 x K x 1 x D stays: residual + o(attention(silu(uv(ScaleNorm(x))))). `residual` is x times the
/// parameter `<name>.res_scale.scale` [D], whose factors whoever computes x can apply for nothing.
/// Labels "gau_ln", "gau_uv_silu", "gau_u_av" and "gau_out".
Value gau(NetworkWriter& net, const std::string& name, Value x, Value residual,
          const GauSize& size) {
    const std::int64_t gate_value_base = 2 * size.expanded() + size.attention;
    const Value normal = scale_norm(net, name + ".ln", x);
    const Value parts =
        linear(net, net.parameters.take(name + ".uv.weight", {gate_value_base, size.hidden}),
               normal, gate_value_base, Activation::kSilu);
    const Value attended =
        net.graph.gated_attention(gated_attention(net, name, size), parts, size.expanded());
    const Value y =
        linear(net, net.parameters.take(name + ".o.weight", {size.hidden, size.expanded()}),
               attended, size.hidden, Activation::kNone, residual);
    net.graph.label("gau_ln", normal);
    net.graph.label("gau_uv_silu", parts);
    net.graph.label("gau_u_av", attended);
    net.graph.label("gau_out", y);
    return y;
}

std::vector<float> scaled_rows(std::vector<float> weights, const std::vector<float>& scale) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] *= scale[i / (weights.size() / scale.size())];
    }
    return weights;
}

/// What RTMPose makes of the last stage, H x W x C: where each keypoint is, as logits over the
/// columns and over the rows (SimCC). mmpose/models/heads/coord_cls_heads/rtmcc_head.py, RTMCCHead
/// (MMPose 1.3.2). Parameters under "head.".
///
/// Outputs "simcc_x", 1 x keypoints x 1 x bins_x, and "simcc_y", 1 x keypoints x 1 x bins_y: the
/// highest bin / 2 is the keypoint's place in pixels. Labels "head_final_layer" (H x W x
/// keypoints), "head_mlp0_scalenorm", "head_mlp1" and those of `gau`.
void simcc_head(NetworkWriter& net, Value features, const SimccSize& size) {
    const std::int64_t hidden = size.gau.hidden;
    const auto maps = conv_with_bias(net, "head.final_layer", features,
                                     {.channels = size.keypoints, .kernel = 7});
    const auto normal = scale_norm(net, "head.mlp.0", net.graph.channels_to_pixels(maps));
    auto weights = net.parameters.take("head.mlp.1.weight", {hidden, net.graph.channels(normal)});
    const auto scale = net.parameters.take("head.gau.res_scale.scale", {hidden}, 1);
    // The unit's residual is its scaled input, which nothing else reads: a second linear layer with
    // scaled rows gives it.
    const auto residual = linear(net, scaled_rows(weights, scale), normal, hidden);
    const auto x = linear(net, std::move(weights), normal, hidden);
    const auto y = gau(net, "head.gau", x, residual, size.gau);
    net.graph.label("head_final_layer", maps);
    net.graph.label("head_mlp0_scalenorm", normal);
    net.graph.label("head_mlp1", x);
    net.graph.label("simcc_x",
                    linear(net, net.parameters.take("head.cls_x.weight", {size.bins_x, hidden}), y,
                           size.bins_x));
    net.graph.label("simcc_y",
                    linear(net, net.parameters.take("head.cls_y.weight", {size.bins_y, hidden}), y,
                           size.bins_y));
}

}  // namespace

std::optional<RtmPoseArchitecture> recognize_rtmpose(const StateDict& state) {
    const TensorEntry* const maps = state.find("head.final_layer.weight");
    const TensorEntry* const bins_x = state.find("head.cls_x.weight");
    const TensorEntry* const bins_y = state.find("head.cls_y.weight");
    if (maps == nullptr || maps->shape.size() != 4 || bins_x == nullptr ||
        bins_x->shape.size() != 2 || bins_y == nullptr || bins_y->shape.size() != 2) {
        return std::nullopt;
    }
    RtmPoseArchitecture found;
    found.backbone = known_size(state, maps->shape[1], "RTMPose");
    found.input_width = input_side(bins_x->shape[0], "width");
    found.input_height = input_side(bins_y->shape[0], "height");
    found.head.keypoints = maps->shape[0];
    found.head.bins_x = bins_x->shape[0];
    found.head.bins_y = bins_y->shape[0];
    found.head.gau.hidden = bins_x->shape[1];
    check_extent(found.head.keypoints, kMostKeypoints, "keypoints");
    check_extent(found.head.gau.hidden, kMostHidden, "hidden channels");
    const TensorEntry* const gamma = state.find("head.gau.gamma");
    if (gamma != nullptr && gamma->shape.size() == 2) {
        found.head.gau.attention = gamma->shape[1];
        check_extent(found.head.gau.attention, kMostHidden, "attention channels");
    }
    return found;
}

std::string to_string(const RtmPoseArchitecture& architecture) {
    return fmt::format("rtmpose-{} {}x{}, {} keypoints", size_name(architecture.backbone),
                       architecture.input_height, architecture.input_width,
                       architecture.head.keypoints);
}

RecognizedNetwork describe(const RtmPoseArchitecture& architecture) {
    return {.text = to_string(architecture),
            .input_height = architecture.input_height,
            .input_width = architecture.input_width,
            .channels = "RGB",
            .counted = "keypoints",
            .count = architecture.head.keypoints,
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string> taps) {
                return build_rtmpose(architecture, parameters, name, taps);
            }};
}

NetworkGraph build_rtmpose(const RtmPoseArchitecture& architecture, Parameters& parameters,
                           const std::string& name, std::span<const std::string> taps) {
    GraphWriter graph(name, architecture.input_height, architecture.input_width);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    simcc_head(net, cspnext(net, graph.input(), architecture.backbone).back(), architecture.head);
    std::vector<std::string> outputs{"simcc_x", "simcc_y"};
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    return graph.finish(outputs);
}

}  // namespace closet
