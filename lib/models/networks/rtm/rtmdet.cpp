#include "models/networks/rtm/rtmdet.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;

constexpr std::int64_t kMostClasses = 1024;  // no published model has more than 365
constexpr std::int64_t kMostInputSide = 4096;

// exp_on_reg is True in the configuration of l, which m, x and the test data's micro inherit, and
// False in those of nano, tiny and s.
bool takes_exponential(const CspNextSize& size) {
    constexpr double kTiny = 0.375;
    constexpr double kS = 0.5;
    return !size.separable && size.widen != kTiny && size.widen != kS;
}

void check_side(std::int64_t side, const std::string& name) {
    constexpr std::int64_t kStep = RtmDetArchitecture::kStrides.back();
    if (side < kStep || side > kMostInputSide || side % kStep != 0) {
        throw ModelError(fmt::format(
            "{} cannot take pictures with a side of {} pixels: choose a multiple of {} up to {}",
            name, side, kStep, kMostInputSide));
    }
}

struct Neck {
    NetworkWriter& net;
    const CspNextSize& size;

    Value mix(const std::string& name, std::vector<Value> parts, std::int64_t channels) const {
        constexpr std::int64_t kBlocks = 3;  // num_csp_blocks of the largest; m has 2, s and less 1
        return csp_layer(
            net, "neck." + name, net.graph.concat(parts),
            {.channels = channels, .blocks = size.deepened(kBlocks), .separable = size.separable});
    }
    Value reduce(int index, Value x, std::int64_t channels) const {
        return conv_bn_act(net, fmt::format("neck.reduce_layers.{}", index), x,
                           {.channels = channels});
    }
    Value downsample(int index, Value x) const {
        return conv_block(net, fmt::format("neck.downsamples.{}", index), x,
                          {.channels = net.graph.channels(x), .kernel = 3, .stride = 2},
                          size.separable);
    }
};

/// CSPNeXtPAFPN, RTMDet's neck: mixes the backbone's stages 2, 3 and 4 top-down, then bottom-up.
/// Three pictures at 1/8, 1/16 and 1/32 of the input's size become three of the same sizes, each
/// with as many channels as stage 2. mmdet/models/necks/cspnext_pafpn.py, CSPNeXtPAFPN (MMDetection
/// 3.3.0). Labels "neck_out0" to 2; parameters under "neck.".
std::array<Value, 3> cspnext_pafpn(NetworkWriter& net, const std::array<Value, 3>& stages,
                                   const CspNextSize& size) {
    const Neck neck{.net = net, .size = size};
    GraphWriter& graph = net.graph;
    const auto& [c2, c3, c4] = stages;
    const std::int64_t channels2 = graph.channels(c2);
    const std::int64_t channels3 = graph.channels(c3);

    const Value t4 = neck.reduce(0, c4, channels3);
    const Value p3 = neck.mix("top_down_blocks.0", {graph.repeat(t4, 2), c3}, channels3);
    const Value t3 = neck.reduce(1, p3, channels2);
    const Value p2 = neck.mix("top_down_blocks.1", {graph.repeat(t3, 2), c2}, channels2);
    // On the way up the reduced pictures come in again, not what was mixed from them.
    const Value n3 = neck.mix("bottom_up_blocks.0", {neck.downsample(0, p2), t3}, channels3);
    const Value n4 =
        neck.mix("bottom_up_blocks.1", {neck.downsample(1, n3), t4}, graph.channels(c4));

    std::array<Value, 3> levels{p2, n3, n4};
    for (std::size_t i = 0; i < levels.size(); ++i) {
        levels[i] = conv_block(net, fmt::format("neck.out_convs.{}", i), levels[i],
                               {.channels = channels2, .kernel = 3}, size.separable);
        graph.label(fmt::format("neck_out{}", i), levels[i]);
    }
    return levels;
}

Value branch(NetworkWriter& net, std::string_view kind, std::size_t level, Value x,
             std::int64_t results, bool separable) {
    constexpr int kStackedConvs = 2;
    const std::int64_t channels = net.graph.channels(x);
    for (int i = 0; i < kStackedConvs; ++i) {
        x = conv_block(net, fmt::format("bbox_head.{}_convs.{}.{}", kind, level, i), x,
                       {.channels = channels, .kernel = 3}, separable);
    }
    return conv_with_bias(net, fmt::format("bbox_head.rtm_{}.{}", kind, level), x,
                          {.channels = results});
}

/// RTMDet's head: for each pixel of each level the classes' logits and the box's four sides, from
/// two branches of two convolutions each. mmdet/models/dense_heads/rtmdet_head.py,
/// RTMDetSepBNHead (MMDetection 3.3.0). Parameters under "bbox_head.".
///
/// The levels of the larger models share their convolutions' weights but not the normalization
/// after them; a checkpoint names them once a level, and folded they differ.
///
/// Labels, for level i = 0 to 2: "cls_logits{i}", H x W x classes, and "ltrb{i}", H x W x 4, the
/// raw regression; see RtmDetArchitecture for what makes pixels of it.
void rtmdet_head(NetworkWriter& net, const std::array<Value, 3>& levels, std::int64_t classes,
                 bool separable) {
    constexpr std::int64_t kSides = 4;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        net.graph.label(fmt::format("cls_logits{}", i),
                        branch(net, "cls", i, levels[i], classes, separable));
        net.graph.label(fmt::format("ltrb{}", i),
                        branch(net, "reg", i, levels[i], kSides, separable));
    }
}

}  // namespace

std::optional<RtmDetArchitecture> recognize_rtmdet(const StateDict& state) {
    const TensorEntry* const logits = state.find("bbox_head.rtm_cls.0.weight");
    if (logits == nullptr || logits->shape.size() != 4 ||
        state.find("bbox_head.rtm_reg.0.weight") == nullptr) {
        return std::nullopt;
    }
    RtmDetArchitecture found;
    // The head has the channels of stage 2, a quarter of the last stage's.
    constexpr std::int64_t kMostChannels = 1024;
    found.backbone = known_size(state, 4 * std::min(logits->shape[1], kMostChannels), "RTMDet");
    found.classes = logits->shape[0];
    if (found.classes < 1 || found.classes > kMostClasses) {
        throw ModelError(
            fmt::format("it is an RTMDet with {} classes, which is none that can be used (1 to {})",
                        found.classes, kMostClasses));
    }
    found.exp_on_reg = takes_exponential(found.backbone);
    if (found.backbone.separable) {
        found.input_width = found.input_height = 320;
    }
    return found;
}

std::string to_string(const RtmDetArchitecture& architecture) {
    return fmt::format("rtmdet-{} {}x{}, {} class{}", size_name(architecture.backbone),
                       architecture.input_height, architecture.input_width, architecture.classes,
                       architecture.classes == 1 ? "" : "es");
}

RecognizedNetwork describe(const RtmDetArchitecture& architecture) {
    return {.text = to_string(architecture),
            .input_height = architecture.input_height,
            .input_width = architecture.input_width,
            .channels = "BGR",
            .counted = "classes",
            .count = architecture.classes,
            .build = [architecture](Parameters& parameters, const std::string& name,
                                    std::span<const std::string> taps) {
                return build_rtmdet(architecture, parameters, name, taps);
            }};
}

NetworkGraph build_rtmdet(const RtmDetArchitecture& architecture, Parameters& parameters,
                          const std::string& name, std::span<const std::string> taps) {
    check_side(architecture.input_width, name);
    check_side(architecture.input_height, name);
    GraphWriter graph(name, architecture.input_height, architecture.input_width);
    NetworkWriter net{.parameters = parameters, .graph = graph};
    const auto stages = cspnext(net, graph.input(), architecture.backbone);
    const auto levels =
        cspnext_pafpn(net, {stages[1], stages[2], stages[3]}, architecture.backbone);
    rtmdet_head(net, levels, architecture.classes, architecture.backbone.separable);
    std::vector<std::string> outputs;
    for (const char* const kind : {"cls_logits", "ltrb"}) {
        for (std::size_t i = 0; i < levels.size(); ++i) {
            outputs.push_back(fmt::format("{}{}", kind, i));
        }
    }
    outputs.insert(outputs.end(), taps.begin(), taps.end());
    return graph.finish(outputs);
}

}  // namespace closet
