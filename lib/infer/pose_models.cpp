#include "infer/pose_models.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "infer/blazepose.h"

namespace closet {
namespace {

const std::array<PoseModelEntry, 3>& entries() {
    static const std::array<PoseModelEntry, 3> list{
        PoseModelEntry{"blazepose-full",
                       "33 keypoints with depth; the default",
                       {"pose_detection", "pose_landmark_full"},
                       make_blazepose},
        PoseModelEntry{"blazepose-lite",
                       "half the work of full and less exact",
                       {"pose_detection", "pose_landmark_lite"},
                       make_blazepose},
        PoseModelEntry{"blazepose-heavy",
                       "five times the work of full and more exact",
                       {"pose_detection", "pose_landmark_heavy"},
                       make_blazepose},
    };
    return list;
}

}  // namespace

std::span<const PoseModelEntry> pose_models() {
    return entries();
}

const PoseModelEntry& known_pose_model(std::string_view name) {
    std::vector<std::string_view> names;
    for (const PoseModelEntry& entry : pose_models()) {
        if (entry.name == name) {
            return entry;
        }
        names.push_back(entry.name);
    }
    throw ConfigError(
        fmt::format("--model {} is unknown; there are {}", name, fmt::join(names, ", ")));
}

std::unique_ptr<PoseModel> make_pose_model(const InferOptions& options, WorkerPool& workers) {
    const PoseModelEntry& entry = known_pose_model(options.model);
    return entry.make(options, entry, workers);
}

}  // namespace closet
