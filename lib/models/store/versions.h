#pragma once

#include <string_view>

#include "core/new_file.h"
#include "models/store/model_store.h"

namespace closet {

/// Gives a verified file the entry's name; what had it becomes FILE.previous, in place of an older
/// one. The caller holds the FileLock of the entry's path.
void place(const ModelStore& store, const ModelEntry& entry, NewFile& file);

/// Exchanges a model's file and FILE.previous, so that a second call takes the first one back.
/// From then on the user's list says what the file must be, unless it is the manifest's again.
/// Throws ModelError where there is no previous file.
void restore_previous(const ModelStore& store, std::string_view name);

/// Deletes all files of a model and its entry in the user's list. Throws ModelError where there are
/// none and, unless `force`, where a model that is there needs it.
void remove_model(const ModelStore& store, std::string_view name, bool force);

/// Writes the entry into the user's list of the store's folder, in place of one of the same name.
/// `store` itself stays as it was read. Throws ModelError where the list cannot be written.
void keep_own(const ModelStore& store, const ModelEntry& entry);

/// Takes the name out of the user's list, where it is in it.
void forget_own(const ModelStore& store, std::string_view name);

}  // namespace closet
