#include "models/rtm/rtmpose.h"

#include <fmt/format.h>

#include "core/error.h"
#include "models/rtm/known_sizes.h"

namespace closet {

namespace {

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

}  // namespace

std::optional<RtmPoseArchitecture> recognise_rtmpose(const StateDict& state) {
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
