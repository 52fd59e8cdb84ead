#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infer/infer_options.h"
#include "infer/pose_model.h"
#include "pipeline/worker_pool.h"

namespace closet {

/// One line of the list that `--model` chooses from.
struct PoseModelEntry {
    std::string_view name;                ///< what `--model` calls it
    std::string_view purpose;             ///< for lists
    std::vector<std::string_view> files;  ///< names for `find_model`
    std::unique_ptr<PoseModel> (*make)(const InferOptions& options, const PoseModelEntry& entry,
                                       WorkerPool& workers);
};

/// All models, best known first. A new one is one more entry in pose_models.cpp.
std::span<const PoseModelEntry> pose_models();

/// The entry of a name; for a path (see names_file) one without `files`, whose `make` loads the
/// file that `InferOptions::model` names. Throws ConfigError that lists the names.
const PoseModelEntry& known_pose_model(std::string_view name);

/// The model that `options.model` names or whose file it is, loaded onto `options.device`.
/// `workers` must outlive it. Throws ConfigError for an unknown name, ModelError where a file or
/// the device is missing.
std::unique_ptr<PoseModel> make_pose_model(const InferOptions& options, WorkerPool& workers);

}  // namespace closet
