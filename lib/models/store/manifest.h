#pragma once

#include <string_view>
#include <vector>

#include "models/store/model_store.h"

namespace closet {

/// Reads the text of models/manifest.toml: [[model]] tables of `key = value` lines, values being
/// basic strings without escapes, whole numbers or booleans, and # comments on lines of their own.
/// Every key of ModelEntry must be there once, and no other. Throws ModelError with the line.
std::vector<ModelEntry> parse_manifest(std::string_view text);

}  // namespace closet
