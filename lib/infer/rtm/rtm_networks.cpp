#include "infer/rtm/rtm_networks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/log.h"
#include "infer/pose_models.h"
#include "models/checkpoint/checkpoint.h"
#include "models/network_cache.h"
#include "models/networks/rtm/load.h"

namespace closet {
namespace {

/// Keypoints of the skeletons whose first 17 are COCO's: COCO itself, Halpe26 (a body with feet)
/// and COCO-WholeBody (configs/_base_/datasets of MMPose: coco.py, halpe26.py, coco_wholebody.py).
constexpr std::array<std::int64_t, 3> kBeginWithCoco{17, 26, 133};

template <class Architecture>
std::shared_ptr<const Network> build(RtmNetwork<Architecture> loaded, const std::string& file,
                                     const NetworkOptions& options) {
    if (!loaded.keys.complete()) {
        const auto layers = loaded.keys.start_layers();
        log::warning("{} as {}: {}{}{}", file, to_string(loaded.architecture),
                     loaded.keys.summary(),
                     layers.empty() ? "" : "; these layers keep their start values: ",
                     fmt::join(layers, ", "));
    }
    return make_network(std::move(loaded.graph), options);
}

template <class Architecture>
std::shared_ptr<const Network> shared(const Checkpoint& checkpoint, const RtmLoad& load,
                                      RtmNetwork<Architecture> (*read)(const Checkpoint&,
                                                                       const RtmOptions&)) {
    const std::filesystem::path& path = checkpoint.path();
    const std::string source = file_source(path) + (load.allow_partial ? " partial" : "");
    return shared_network(network_key(source, load.network), [&] {
        RtmOptions options;
        options.allow_partial = load.allow_partial;
        return build(read(checkpoint, options), path.string(), load.network);
    });
}

}  // namespace

std::shared_ptr<const Network> load_rtmpose_network(std::string_view name_or_path,
                                                    const RtmLoad& load) {
    const auto checkpoint = read_checkpoint(model_file(name_or_path));
    auto network = shared(*checkpoint, load, load_rtmpose);
    const std::int64_t keypoints = network->outputs().at(0).shape.at(1);
    if (std::find(kBeginWithCoco.begin(), kBeginWithCoco.end(), keypoints) ==
        kBeginWithCoco.end()) {
        throw ModelError(fmt::format(
            "{} has {} keypoints, and only skeletons are supported that begin with the 17 of COCO, "
            "which have {}: use an RTMPose for bodies",
            checkpoint->path().string(), keypoints, fmt::join(kBeginWithCoco, ", ")));
    }
    return network;
}

RtmdetNetwork load_rtmdet_network(std::string_view name_or_path, const RtmLoad& load) {
    const auto checkpoint = read_checkpoint(model_file(name_or_path));
    RtmdetNetwork result{.network = shared(*checkpoint, load, load_rtmdet)};
    const auto architecture = recognize_rtmdet(StateDict(checkpoint->tensors()));
    if (architecture->classes != 1) {
        throw ModelError(fmt::format(
            "{} knows {} classes of objects, and only detectors for people are supported: use "
            "rtmdet-nano or rtmdet-m",
            checkpoint->path().string(), architecture->classes));
    }
    result.exponential = architecture->exp_on_reg;
    return result;
}

}  // namespace closet
