#include "models/networks/families.h"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "models/networks/clip/clip.h"
#include "models/networks/deeplabv3plus/deeplabv3plus.h"
#include "models/networks/gfpgan/gfpgan.h"
#include "models/networks/graphonomy/graphonomy.h"
#include "models/networks/hrnet/hrnet.h"
#include "models/networks/inception_resnet_v1/inception_resnet_v1.h"
#include "models/networks/lpips/lpips.h"
#include "models/networks/mobile_sam/mobile_sam.h"
#include "models/networks/mtcnn/mtcnn.h"
#include "models/networks/openpose/openpose.h"
#include "models/networks/rtm/rtmdet.h"
#include "models/networks/rtm/rtmpose.h"
#include "models/networks/try_on/try_on.h"
#include "models/networks/u2net/u2net.h"

namespace closet {

namespace {

/// What `recognize` finds, if anything, described by its family.
template <auto recognize>
std::optional<RecognizedNetwork> recognized(const StateDict& state) {
    const auto found = recognize(state);
    return found ? std::optional(describe(*found)) : std::nullopt;
}

struct Family {
    std::string_view name;  ///< neighbors of one name are one family
    RecognizeNetwork* recognize;
};

/// All families; the first one that claims a checkpoint has it.
constexpr std::array kFamilies{
    Family{"RTMPose", recognized<recognize_rtmpose>},
    Family{"RTMDet", recognized<recognize_rtmdet>},
    Family{"HRNet", recognized<recognize_hrnet>},
    Family{"OpenPose", recognized<recognize_openpose>},
    Family{"U-2-Net", recognized<recognize_u2net>},
    Family{"Graphonomy", recognized<recognize_graphonomy>},
    Family{"DeepLabV3+", recognized<recognize_deeplab>},
    Family{"LPIPS", recognized<recognize_lpips>},
    Family{"MTCNN", recognized<recognize_mtcnn>},
    Family{"InceptionResnetV1", recognized<recognize_inception_resnet_v1>},
    Family{"GFPGAN", recognized<recognize_gfpgan>},
    Family{"CLIP", recognized<recognize_clip>},
    Family{"CP-VTON", recognized<recognize_geometric_matching>},
    Family{"CP-VTON", recognized<recognize_try_on_module>},
    Family{"VITON-HD", recognized<recognize_seg_generator>},
    Family{"VITON-HD", recognized<recognize_alias_generator>},
    Family{"MobileSAM", recognized<recognize_mobile_sam>},
};

/// Above the largest network of a known kind (CLIP ViT-L/14: 428 million). Each size of a hostile
/// file may be within bounds where all together are not.
constexpr std::int64_t kMostParameters = 500'000'000;

/// The report of a checkpoint that may be loaded; throws ModelError where it may not.
KeyReport checked_survey(const RecognizedNetwork& network, const StateDict& state,
                         const std::string& name, bool allow_partial) {
    KeyReport keys = survey(network, state);
    if (keys.parameters > kMostParameters) {
        throw ModelError(
            fmt::format("{} cannot be used: its {} would have {} million parameters, "
                        "more than any known one; the file is damaged",
                        name, network.text, keys.parameters / 1'000'000));
    }
    if (!allow_partial) {
        require_complete(keys, name, network.text);
    }
    return keys;
}

}  // namespace

std::optional<RecognizedNetwork> recognize_network(const StateDict& state) {
    for (const Family& family : kFamilies) {
        if (auto found = family.recognize(state)) {
            return found;
        }
    }
    return std::nullopt;
}

std::string family_names() {
    std::vector<std::string_view> names;
    for (const Family& family : kFamilies) {
        if (names.empty() || names.back() != family.name) {
            names.push_back(family.name);
        }
    }
    const std::string_view last = names.back();
    names.pop_back();
    return fmt::format("{} or {}", fmt::join(names, ", "), last);
}

KeyReport survey(const RecognizedNetwork& network, const StateDict& state) {
    Parameters parameters(state, Parameters::Purpose::kSurvey);
    for (const WeightSpec& weight : network.weights) {
        parameters.take(weight.key, weight.shape, weight.start);
    }
    for (const std::string& prefix : network.left_aside) {
        parameters.leave_aside(prefix);
    }
    if (network.build) {
        network.build(parameters, network.text, {});
    }
    return report_keys(parameters, state);
}

LoadedNetwork load_network(const RecognizedNetwork& network, const StateDict& state,
                           const std::string& name, bool allow_partial,
                           std::span<const std::string> taps) {
    KeyReport keys = checked_survey(network, state, name, allow_partial);
    Parameters parameters(state, Parameters::Purpose::kLoad);
    NetworkGraph graph = network.build(parameters, name, taps);
    return {std::move(graph), std::move(keys)};
}

LoadedWeights load_weights(const RecognizedNetwork& network, const StateDict& state,
                           const std::string& name, bool allow_partial) {
    LoadedWeights loaded{.tensors = {},
                         .keys = checked_survey(network, state, name, allow_partial)};
    Parameters parameters(state, Parameters::Purpose::kLoad);
    for (const WeightSpec& weight : network.weights) {
        loaded.tensors.emplace_back(weight,
                                    parameters.take(weight.key, weight.shape, weight.start));
    }
    return loaded;
}

}  // namespace closet
