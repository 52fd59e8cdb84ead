#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "infer/infer_options.h"
#include "infer/pose_model.h"
#include "pipeline/worker_pool.h"

namespace closet {

// The lists of models that the command line chooses from, and where their files are.

struct PoseModelEntry;

/// Loads an entry's model onto the device of the options. `workers` must outlive it. Throws
/// ConfigError for options that it cannot follow, ModelError where a file or the device is missing.
using MakePoseModel = std::unique_ptr<PoseModel>(const InferOptions& options,
                                                 const PoseModelEntry& entry, WorkerPool& workers);

/// One line of the list that `--model` chooses from.
struct PoseModelEntry {
    std::string_view name;                ///< what `--model` calls it
    std::string_view purpose;             ///< for lists
    std::vector<std::string_view> files;  ///< what the maker wants of `model_file`, in its order
    MakePoseModel* make;
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

/// Loads a detector, by its name in the store or its file's path, onto the device of the options.
/// `workers` must outlive it. Throws ModelError where the file or the device is missing, or the
/// file holds another network.
using MakePersonDetector = std::unique_ptr<PersonDetector>(std::string_view name_or_path,
                                                           const InferOptions& options,
                                                           WorkerPool& workers);

/// One line of the list that `--detector` chooses from.
struct PersonDetectorEntry {
    std::string_view name;     ///< what `--detector` and `find_model` call it
    std::string_view purpose;  ///< for lists
    MakePersonDetector* make;
};

/// All detectors, the default one first. A new one is one more entry in pose_models.cpp.
std::span<const PersonDetectorEntry> person_detectors();

/// The first detector of the list whose file is in the store, whole: it finds people for pose
/// models that need a head to find them by. Nothing where there is none.
std::optional<std::string_view> body_detector_here();

/// Throws ConfigError, with the names, unless `name` is one of the list, one that the user imported
/// or the path of a file.
void check_person_detector(std::string_view name);

/// The detector of that name or file (what `--detector` takes; empty: the first of the list), on
/// the device of `options`. `workers` must outlive it. Throws ConfigError for an unknown name,
/// ModelError where the file or the device is missing.
std::unique_ptr<PersonDetector> make_person_detector(std::string_view name,
                                                     const InferOptions& options,
                                                     WorkerPool& workers);

/// True for what `--model` and `--detector` take as a file's path rather than as a name: text with
/// a slash in it, or that ends in .onnx, .pth, .pt, .safetensors or .tflite.
bool names_file(std::string_view name_or_path);

/// True for the name of a model that the user imported into the store (closet models import).
bool names_own_model(std::string_view name);

/// What `--model` or `--detector` was given, if it is a path, or the file of a model that the store
/// knows. Throws ModelError where it is missing.
std::filesystem::path model_file(std::string_view name_or_path);

/// The same of a network that no manifest knows, since nobody publishes its file's hash: a path, or
/// a name that the user imported. Throws ModelError where it is neither, with what to get
/// (`published`: file and repository).
std::filesystem::path file_by_hand(std::string_view name_or_path, const char* published);

}  // namespace closet
