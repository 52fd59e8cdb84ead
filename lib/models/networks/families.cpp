#include "models/networks/families.h"

#include <array>
#include <string_view>
#include <utility>

namespace closet {

// Each defined in its family's folder.
RecognizeNetwork recognize_any_rtmpose, recognize_any_rtmdet, recognize_any_u2net,
    recognize_any_graphonomy, recognize_any_lpips, recognize_any_mtcnn,
    recognize_any_inception_resnet_v1, recognize_any_hrnet, recognize_any_openpose,
    recognize_any_deeplab, recognize_any_gfpgan, recognize_any_clip, recognize_any_cp_vton,
    recognize_any_viton_hd, recognize_any_mobile_sam;

namespace {

struct Family {
    std::string_view name;
    RecognizeNetwork* recognize;
};

/// All families; the first one that claims a checkpoint has it.
constexpr std::array kFamilies{
    Family{"RTMPose", recognize_any_rtmpose},
    Family{"RTMDet", recognize_any_rtmdet},
    Family{"HRNet", recognize_any_hrnet},
    Family{"OpenPose", recognize_any_openpose},
    Family{"U-2-Net", recognize_any_u2net},
    Family{"Graphonomy", recognize_any_graphonomy},
    Family{"DeepLabV3+", recognize_any_deeplab},
    Family{"LPIPS", recognize_any_lpips},
    Family{"MTCNN", recognize_any_mtcnn},
    Family{"InceptionResnetV1", recognize_any_inception_resnet_v1},
    Family{"GFPGAN", recognize_any_gfpgan},
    Family{"CLIP", recognize_any_clip},
    Family{"CP-VTON", recognize_any_cp_vton},
    Family{"VITON-HD", recognize_any_viton_hd},
    Family{"MobileSAM", recognize_any_mobile_sam},
};

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
    std::string text;
    for (std::size_t i = 0; i < kFamilies.size(); ++i) {
        text += i == 0 ? "" : i + 1 == kFamilies.size() ? " or " : ", ";
        text += kFamilies[i].name;
    }
    return text;
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
    KeyReport keys = survey(network, state);
    if (!allow_partial) {
        require_complete(keys, name, network.text);
    }
    Parameters parameters(state, Parameters::Purpose::kLoad);
    NetworkGraph graph = network.build(parameters, name, taps);
    return {std::move(graph), std::move(keys)};
}

LoadedWeights load_weights(const RecognizedNetwork& network, const StateDict& state,
                           const std::string& name, bool allow_partial) {
    LoadedWeights loaded{.tensors = {}, .keys = survey(network, state)};
    if (!allow_partial) {
        require_complete(loaded.keys, name, network.text);
    }
    Parameters parameters(state, Parameters::Purpose::kLoad);
    for (const WeightSpec& weight : network.weights) {
        loaded.tensors.emplace_back(weight,
                                    parameters.take(weight.key, weight.shape, weight.start));
    }
    return loaded;
}

}  // namespace closet
