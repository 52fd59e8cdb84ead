#pragma once

#include <filesystem>
#include <string_view>

namespace closet {

/// True for what `--model` and `--detector` take as a file's path rather than as a name: text with
/// a slash in it, or that ends in .pth, .safetensors or .tflite.
bool names_file(std::string_view name_or_path);

/// True for the name of a model that the user imported into the store (closet models import).
bool names_own_model(std::string_view name);

/// That path, or the file of a model that the store knows. Throws ModelError where it is missing.
std::filesystem::path model_file(std::string_view name_or_path);

}  // namespace closet
