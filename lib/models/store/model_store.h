#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace closet {

/// One entry of models/manifest.toml.
struct ModelEntry {
    std::string name;        ///< what flags and `find_model` call it, e.g. "pose_landmark_full"
    std::string file;        ///< file name inside the models folder
    std::string source;      ///< package, version and index it comes from
    std::string path;        ///< where it lies inside that package
    std::uint64_t size = 0;  ///< bytes
    std::string sha256;      ///< 64 lower-case hex digits
    std::string licence;     ///< SPDX identifier
    std::string input;       ///< e.g. "256x256 RGB 0..1"
    std::string skeleton;    ///< name of the keypoint layout, empty where it gives no keypoints
    std::string purpose;     ///< one line for `closet models list`
    bool setup = false;      ///< scripts/setup brings it
};

/// The manifest, as compiled into the program from models/manifest.toml.
const std::vector<ModelEntry>& known_models();

/// The entry of a name. Throws ModelError that lists the known names.
const ModelEntry& known_model(std::string_view name);

/// $CLOSET_MODELS, else $XDG_CACHE_HOME/closet/models, else ~/.cache/closet/models. May not exist.
/// Throws ConfigError where none of the three variables (the last one is HOME) is set.
std::filesystem::path models_folder();

/// The file of a known model, size and SHA-256 verified. Throws ModelError that says where to get
/// it, where to put it and which hash it must have.
std::filesystem::path find_model(std::string_view name);

}  // namespace closet
