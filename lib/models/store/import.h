#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "models/store/model_store.h"

namespace closet {

struct ImportOptions {
    std::optional<std::string> name;  ///< unset: the model of the manifest that has the file's hash
    /// Says in a few words what network a file of weights holds ("RTMPose, 17 keypoints"); throws
    /// where it holds none. Asked for files that no manifest knows; unset: they are taken unseen.
    std::function<std::string(const std::filesystem::path&)> recognize;
};

/// Copies a file into the store, verifies the copy and gives it its name. A file that no manifest
/// knows needs a name of the user's own and is then found under it. Returns the entry.
/// Throws ModelError for a file that is not what its name says, and ConfigError for a name that it
/// cannot have.
ModelEntry import_model(const ModelStore& store, const std::filesystem::path& source,
                        const ImportOptions& options = {});

}  // namespace closet
