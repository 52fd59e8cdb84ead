#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "models/store/model_store.h"

namespace closet {

/// Columns that lists keep to.
inline constexpr std::size_t kScreenWidth = 80;

/// "installed", "imported" (a model of the user's own), "other version" (than the manifest's),
/// "absent" or "damaged".
std::string state_text(const ModelStore& store, const ModelEntry& entry, const FileCheck& file);

/// "22.0 MB", "0.3 kB", "-" for 0.
std::string size_text(std::uint64_t bytes);

/// Prints words in indented lines that keep to the columns.
void print_wrapped(const std::vector<std::string>& words);

}  // namespace closet
