#pragma once

#include <string_view>

#include "models/store/model_store.h"

namespace closet {

/// Writes the entry into the user's list of the store's folder, in place of one of the same name.
/// `store` itself stays as it was read. Throws ModelError where the list cannot be written.
void keep_own(const ModelStore& store, const ModelEntry& entry);

/// Takes the name out of the user's list, where it is in it.
void forget_own(const ModelStore& store, std::string_view name);

}  // namespace closet
