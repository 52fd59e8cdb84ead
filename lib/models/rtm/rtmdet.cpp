#include "models/rtm/rtmdet.h"

#include <fmt/format.h>

#include "core/error.h"
#include "models/rtm/cspnext_pafpn.h"
#include "models/rtm/known_sizes.h"
#include "models/rtm/rtmdet_head.h"

namespace closet {

namespace {

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

}  // namespace

std::optional<RtmDetArchitecture> recognise_rtmdet(const StateDict& state) {
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
