#include "infer/pose_models.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "infer/parse/silhouette.h"
#include "models/checkpoint/checkpoint.h"
#include "models/networks/hrnet/hrnet.h"
#include "models/networks/openpose/openpose.h"
#include "models/store/model_store.h"

namespace closet {

// Each defined in its model's file, which says what it takes of an entry.
MakePoseModel make_blazepose, make_rtmpose, make_hrnet, make_openpose;
MakePersonDetector make_rtmdet, make_bodypix_detector;

namespace {

const std::array<PoseModelEntry, 14>& entries() {
    static const std::array<PoseModelEntry, 14> list{
        PoseModelEntry{"blazepose-full",
                       "33 keypoints with depth; the default",
                       {"pose_detection", "pose_landmark_full"},
                       make_blazepose},
        PoseModelEntry{"blazepose-lite",
                       "half the work of full, less exact",
                       {"pose_detection", "pose_landmark_lite"},
                       make_blazepose},
        PoseModelEntry{"blazepose-heavy",
                       "five times the work, more exact",
                       {"pose_detection", "pose_landmark_heavy"},
                       make_blazepose},
        PoseModelEntry{"rtmpose-s",
                       "17 keypoints; the reference's network",
                       {"rtmpose-s", "rtmdet-nano"},
                       make_rtmpose},
        PoseModelEntry{"rtmpose-s-halpe26",
                       "s, trained on bodies with feet",
                       {"rtmpose-s-halpe26", "rtmdet-nano"},
                       make_rtmpose},
        PoseModelEntry{"rtmpose-t",
                       "half the work of s, less exact",
                       {"rtmpose-t", "rtmdet-nano"},
                       make_rtmpose},
        PoseModelEntry{"rtmpose-m",
                       "three times the work of s, more exact",
                       {"rtmpose-m", "rtmdet-nano"},
                       make_rtmpose},
        PoseModelEntry{"rtmpose-l",
                       "six times the work of s, more exact",
                       {"rtmpose-l", "rtmdet-nano"},
                       make_rtmpose},
        PoseModelEntry{"rtmpose-m-384x288",
                       "m, larger crops, 6 times the work of s",
                       {"rtmpose-m-384x288", "rtmdet-nano"},
                       make_rtmpose},
        PoseModelEntry{"rtmpose-l-384x288",
                       "l, larger crops, 14 times that of s",
                       {"rtmpose-l-384x288", "rtmdet-nano"},
                       make_rtmpose},
        PoseModelEntry{
            "hrnet-w32", "17 keypoints by heat maps", {"hrnet-w32", "rtmdet-nano"}, make_hrnet},
        PoseModelEntry{"hrnet-w48", "the same, wider", {"hrnet-w48", "rtmdet-nano"}, make_hrnet},
        PoseModelEntry{"hrnet-w48-384x288",
                       "the same, wider, larger crops",
                       {"hrnet-w48-384x288", "rtmdet-nano"},
                       make_hrnet},
        PoseModelEntry{"openpose",
                       "17 keypoints of everybody at once; non-commercial",
                       {"openpose"},
                       make_openpose},
    };
    return list;
}

/// The model whose file `options.model` is: in TensorFlow Lite's format BlazePose's landmark
/// network, of checkpoints what their keys say, else RTMPose.
std::unique_ptr<PoseModel> make_from_file(const InferOptions& options, const PoseModelEntry& entry,
                                          WorkerPool& workers) {
    const std::string file = model_file(options.model).string();
    PoseModelEntry own = entry;
    if (file.ends_with(".tflite")) {
        own.files = {"pose_detection", file};
        return make_blazepose(options, own, workers);
    }
    own.files = {file};
    if (!file.ends_with(".onnx")) {
        const auto checkpoint = read_checkpoint(file);
        const StateDict state(checkpoint->tensors());
        if (recognize_hrnet(state)) {
            return make_hrnet(options, own, workers);
        }
        if (recognize_openpose(state)) {
            return make_openpose(options, own, workers);
        }
    }
    return make_rtmpose(options, own, workers);
}

const PoseModelEntry& file_entry() {
    static const PoseModelEntry entry{"FILE", "the file of a model", {}, make_from_file};
    return entry;
}

constexpr std::array kDetectors{
    PersonDetectorEntry{"rtmdet-nano", "320x320; what RTMPose takes by default", make_rtmdet},
    PersonDetectorEntry{"bodypix", "one large person, with or without a head",
                        make_bodypix_detector},
    PersonDetectorEntry{"rtmdet-m", "smaller people; 126 times the work of nano", make_rtmdet},
};

/// The entry of a name, or one for what is a file. Throws ConfigError that lists the names.
const PersonDetectorEntry& known_person_detector(std::string_view name) {
    static constexpr PersonDetectorEntry kFile{"FILE", "the file of a detector", make_rtmdet};
    const auto known = std::find_if(kDetectors.begin(), kDetectors.end(),
                                    [&](const auto& entry) { return entry.name == name; });
    if (known != kDetectors.end()) {
        return *known;
    }
    if (names_file(name) || names_own_model(name)) {
        return kFile;
    }
    std::array<std::string_view, kDetectors.size()> names;
    std::transform(kDetectors.begin(), kDetectors.end(), names.begin(),
                   [](const auto& entry) { return entry.name; });
    throw ConfigError(
        fmt::format("{} {} is unknown; there are {}, what you imported with closet models import, "
                    "or the path of a checkpoint",
                    flags::kDetector, name, fmt::join(names, ", ")));
}

}  // namespace

std::span<const PoseModelEntry> pose_models() {
    return entries();
}

const PoseModelEntry& known_pose_model(std::string_view name) {
    if (names_file(name)) {
        return file_entry();
    }
    std::vector<std::string_view> names;
    for (const PoseModelEntry& entry : pose_models()) {
        if (entry.name == name) {
            return entry;
        }
        names.push_back(entry.name);
    }
    if (names_own_model(name)) {
        return file_entry();
    }
    throw ConfigError(
        fmt::format("{} {} is unknown; there are {}, what you imported with closet models import, "
                    "or the path of a file",
                    flags::kModel, name, fmt::join(names, ", ")));
}

std::unique_ptr<PoseModel> make_pose_model(const InferOptions& options, WorkerPool& workers) {
    const PoseModelEntry& entry = known_pose_model(options.model);
    InferOptions own = options;
    own.masks = own.masks && options.silhouette == parser_names::kAuto;
    auto model = entry.make(own, entry, workers);
    if (options.flip_test && !model->takes_flip_test()) {
        throw ConfigError(fmt::format(
            "{} does not look at mirror images: leave {} away, or take an rtmpose or hrnet",
            options.model, flags::kFlipTest));
    }
    return with_silhouettes(std::move(model), options, workers);
}

std::span<const PersonDetectorEntry> person_detectors() {
    return kDetectors;
}

std::optional<std::string_view> body_detector_here() {
    const ModelStore store;
    for (const PersonDetectorEntry& entry : kDetectors) {
        if (store.check(store.model(entry.name)).state == FileCheck::State::kReady) {
            return entry.name;
        }
    }
    return std::nullopt;
}

void check_person_detector(std::string_view name) {
    known_person_detector(name);
}

std::unique_ptr<PersonDetector> make_person_detector(std::string_view name,
                                                     const InferOptions& options,
                                                     WorkerPool& workers) {
    const std::string_view chosen = name.empty() ? person_detectors().front().name : name;
    return known_person_detector(chosen).make(chosen, options, workers);
}

bool names_own_model(std::string_view name) {
    const ModelStore store;
    const auto& models = store.models();
    return std::any_of(models.begin(), models.end(), [&](const ModelEntry& entry) {
        return entry.name == name && store.published(name) == nullptr;
    });
}

bool names_file(std::string_view name_or_path) {
    return name_or_path.find('/') != std::string_view::npos || name_or_path.ends_with(".onnx") ||
           name_or_path.ends_with(".pth") || name_or_path.ends_with(".pt") ||
           name_or_path.ends_with(".safetensors") || name_or_path.ends_with(".tflite");
}

std::filesystem::path model_file(std::string_view name_or_path) {
    if (!names_file(name_or_path)) {
        return find_model(name_or_path);
    }
    std::filesystem::path path(name_or_path);
    std::error_code unreadable;
    if (!std::filesystem::is_regular_file(path, unreadable)) {
        throw ModelError(fmt::format(
            "{} is no file; give the path of a checkpoint or the name of a model that closet "
            "models list shows",
            name_or_path));
    }
    return path;
}

std::filesystem::path file_by_hand(std::string_view name_or_path, const char* published) {
    if (names_file(name_or_path) || names_own_model(name_or_path)) {
        return model_file(name_or_path);
    }
    throw ModelError(fmt::format(
        "the network {} is not in the store: get {} by hand and give it to `closet models import "
        "FILE {} {}`",
        name_or_path, published, flags::kName, name_or_path));
}

}  // namespace closet
