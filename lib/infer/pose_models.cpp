#include "infer/pose_models.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "infer/blazepose.h"
#include "infer/model_file.h"
#include "infer/rtmpose.h"

namespace closet {
namespace {

const std::array<PoseModelEntry, 10>& entries() {
    static const std::array<PoseModelEntry, 10> list{
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
    };
    return list;
}

/// The model whose file `options.model` is: in TensorFlow Lite's format BlazePose's landmark
/// network, else RTMPose.
std::unique_ptr<PoseModel> make_from_file(const InferOptions& options, const PoseModelEntry& entry,
                                          WorkerPool& workers) {
    const std::string file = model_file(options.model).string();
    PoseModelEntry own = entry;
    if (file.ends_with(".tflite")) {
        own.files = {"pose_detection", file};
        return make_blazepose(options, own, workers);
    }
    own.files = {file};
    return make_rtmpose(options, own, workers);
}

const PoseModelEntry& file_entry() {
    static const PoseModelEntry entry{"FILE", "the file of a model", {}, make_from_file};
    return entry;
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
    throw ConfigError(fmt::format(
        "--model {} is unknown; there are {}, what you imported with closet models import, or the "
        "path of a file",
        name, fmt::join(names, ", ")));
}

std::unique_ptr<PoseModel> make_pose_model(const InferOptions& options, WorkerPool& workers) {
    const PoseModelEntry& entry = known_pose_model(options.model);
    return entry.make(options, entry, workers);
}

}  // namespace closet
