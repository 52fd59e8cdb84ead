#include "models/store/model_store.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"
#include "core/sha256.h"
#include "models/store/manifest.h"

namespace closet {

extern const std::string_view kManifestText;  // manifest_text.cpp.in

namespace {

const char* variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

std::string remedy(const ModelEntry& entry, const std::filesystem::path& path) {
    if (entry.setup) {
        return "run scripts/setup, which fetches it";
    }
    return fmt::format("take {} out of {} and put it at {} (sha256 {}, see models/README.md)",
                       entry.path, entry.source, path.string(), entry.sha256);
}

}  // namespace

const std::vector<ModelEntry>& known_models() {
    static const std::vector<ModelEntry> entries = parse_manifest(kManifestText);
    return entries;
}

const ModelEntry& known_model(std::string_view name) {
    const auto& entries = known_models();
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const ModelEntry& entry) { return entry.name == name; });
    if (found == entries.end()) {
        std::string names;
        for (const ModelEntry& entry : entries) {
            names += (names.empty() ? "" : ", ") + entry.name;
        }
        throw ModelError(fmt::format("there is no model '{}'; known are {}", name, names));
    }
    return *found;
}

std::filesystem::path models_folder() {
    if (const char* folder = variable("CLOSET_MODELS")) {
        return folder;
    }
    if (const char* cache = variable("XDG_CACHE_HOME")) {
        return std::filesystem::path(cache) / "closet" / "models";
    }
    if (const char* home = variable("HOME")) {
        return std::filesystem::path(home) / ".cache" / "closet" / "models";
    }
    throw ConfigError("there is no folder for models: set CLOSET_MODELS (HOME is not set either)");
}

std::filesystem::path find_model(std::string_view name) {
    const ModelEntry& entry = known_model(name);
    auto path = models_folder() / entry.file;
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) {
        throw ModelError(fmt::format("the model {} is not at {} ({}): {}", entry.name,
                                     path.string(), error.message(), remedy(entry, path)));
    }
    if (size != entry.size) {
        throw ModelError(fmt::format("{} has {} bytes where the model {} has {}: {}", path.string(),
                                     size, entry.name, entry.size, remedy(entry, path)));
    }
    const std::string hash = sha256_of_file(path);
    if (hash != entry.sha256) {
        throw ModelError(fmt::format("{} has the sha256 {} where the model {} has {}: {}",
                                     path.string(), hash, entry.name, entry.sha256,
                                     remedy(entry, path)));
    }
    return path;
}

}  // namespace closet
