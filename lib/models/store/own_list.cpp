#include "models/store/own_list.h"

#include <vector>

#include "core/new_file.h"
#include "models/store/file_lock.h"

namespace closet {

namespace {

constexpr std::string_view kHeading =
    "# Written by `closet models`: models under names of yours, and versions that differ from the\n"
    "# manifest's. The form is that of models/manifest.toml.\n\n";

/// The list as it is now, which may be later than `store`, without a name.
std::vector<ModelEntry> entries_without(const ModelStore& store, std::string_view name) {
    std::vector<ModelEntry> entries;
    if (std::filesystem::exists(store.own_list())) {
        entries = read_manifest(store.own_list());
    }
    std::erase_if(entries, [&](const ModelEntry& entry) { return entry.name == name; });
    return entries;
}

void write(const ModelStore& store, const std::vector<ModelEntry>& entries) {
    if (entries.empty()) {
        std::filesystem::remove(store.own_list());
        return;
    }
    std::string text(kHeading);
    for (const ModelEntry& entry : entries) {
        text += to_toml(entry) + '\n';
    }
    replace_file(store.own_list(), text);
}

}  // namespace

void keep_own(const ModelStore& store, const ModelEntry& entry) {
    const FileLock lock(store.own_list(), [] { return true; });
    std::vector<ModelEntry> entries = entries_without(store, entry.name);
    entries.push_back(entry);
    write(store, entries);
}

void forget_own(const ModelStore& store, std::string_view name) {
    if (!std::filesystem::exists(store.own_list())) {
        return;
    }
    const FileLock lock(store.own_list(), [] { return true; });
    write(store, entries_without(store, name));
}

}  // namespace closet
