#include "infer/rtm/rtm_networks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "infer/pose_models.h"
#include "infer/top_down/rtmpose.h"
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
    warn_of_start_values(loaded.keys, file, to_string(loaded.architecture));
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

/// An RTMPose as mmdeploy exports it.
std::shared_ptr<const Network> read_onnx_rtmpose(const std::filesystem::path& path,
                                                 const RtmLoad& load) {
    auto network = shared_network(network_key(file_source(path), load.network),
                                  [&] { return load_onnx(path, load.network); });
    const auto& outputs = network->outputs();
    const cv::Size input = network->input_size();
    const auto bins = [&](std::size_t output, int pixels) {
        const auto& shape = outputs[output].shape;
        return shape.size() == 3 && shape[1] == outputs[0].shape[1] &&
               shape[2] == std::int64_t{kSimccBinsPerPixel} * pixels;
    };
    if (outputs.size() != 2 || !bins(0, input.width) || !bins(1, input.height)) {
        throw ModelError(
            fmt::format("{} is no RTMPose: it does not have the two outputs simcc_x and simcc_y "
                        "with {} numbers "
                        "a pixel of its input; 'closet models inspect' tells what it has",
                        path.string(), kSimccBinsPerPixel));
    }
    return network;
}

}  // namespace

std::shared_ptr<const Network> load_rtmpose_network(std::string_view name_or_path,
                                                    const RtmLoad& load) {
    const std::filesystem::path path = model_file(name_or_path);
    const auto network = path.extension() == ".onnx"
                             ? read_onnx_rtmpose(path, load)
                             : shared(*read_checkpoint(path), load, load_rtmpose);
    const std::int64_t keypoints = network->outputs().at(0).shape.at(1);
    if (std::find(kBeginWithCoco.begin(), kBeginWithCoco.end(), keypoints) ==
        kBeginWithCoco.end()) {
        throw ModelError(fmt::format(
            "{} has {} keypoints, and only skeletons are supported that begin with the 17 of COCO, "
            "which have {}: use an RTMPose for bodies",
            path.string(), keypoints, fmt::join(kBeginWithCoco, ", ")));
    }
    return network;
}

RtmdetNetwork load_rtmdet_network(std::string_view name_or_path, const RtmLoad& load) {
    const std::filesystem::path path = model_file(name_or_path);
    if (path.extension() == ".onnx") {
        throw ModelError(
            fmt::format("{} is an .onnx file, and a detector is read from a checkpoint only, since "
                        "exports end in "
                        "operators of their own; give the .pth file that it was made of",
                        path.string()));
    }
    const auto checkpoint = read_checkpoint(path);
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
