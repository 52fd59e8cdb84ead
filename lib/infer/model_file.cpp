#include "infer/model_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "models/store/model_store.h"

namespace closet {

bool names_file(std::string_view name_or_path) {
    return name_or_path.find('/') != std::string_view::npos || name_or_path.ends_with(".pth") ||
           name_or_path.ends_with(".safetensors") || name_or_path.ends_with(".tflite");
}

bool names_own_model(std::string_view name) {
    const ModelStore store;
    const auto& models = store.models();
    return std::any_of(models.begin(), models.end(), [&](const ModelEntry& entry) {
        return entry.name == name && store.published(name) == nullptr;
    });
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

}  // namespace closet
