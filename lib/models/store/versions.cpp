#include "models/store/versions.h"

#include <array>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "core/new_file.h"
#include "core/sha256.h"
#include "models/store/file_lock.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

fs::path with_ending(const fs::path& path, const char* ending) {
    return path.string() + ending;
}

/// Also true for a link that leads nowhere: it would be in the way.
bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

void move(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) {
        throw ModelError(
            fmt::format("cannot move {} to {}: {}", from.string(), to.string(), error.message()));
    }
}

/// Models that are there and do not work without `name`.
std::string dependants(const ModelStore& store, std::string_view name) {
    std::string names;
    for (const ModelEntry& entry : store.models()) {
        for (const std::string& need : entry.needs) {
            if (need == name && is_there(store.path_of(entry))) {
                names += (names.empty() ? "" : ", ") + entry.name;
            }
        }
    }
    return names;
}

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

void place(const ModelStore& store, const ModelEntry& entry, NewFile& file) {
    const fs::path path = store.path_of(entry);
    if (is_there(path)) {
        const fs::path previous = with_ending(path, ".previous");
        std::error_code error;
        fs::remove(previous, error);
        // A second name, so that the first one never lacks a file; not every file system has that.
        fs::create_hard_link(path, previous, error);
        if (error) {
            move(path, previous);
        }
    }
    file.publish();
}

void restore_previous(const ModelStore& store, std::string_view name) {
    const ModelEntry& entry = store.model(name);
    const fs::path path = store.path_of(entry);
    const fs::path previous = with_ending(path, ".previous"), aside = with_ending(path, ".aside");
    const FileLock lock(path, [] { return true; });
    std::error_code absent;
    if (!fs::is_regular_file(previous, absent)) {
        throw ModelError(
            fmt::format("there is no previous version of {} at {}", entry.name, previous.string()));
    }
    ModelEntry chosen = entry;
    chosen.sha256 = sha256_of_file(previous);
    chosen.size = fs::file_size(previous);
    chosen.version.clear();
    const bool swaps = is_there(path);
    if (swaps) {
        move(path, aside);
    }
    move(previous, path);
    if (swaps) {
        move(aside, previous);
    }
    const ModelEntry* const published = store.published(name);
    if (published != nullptr && is_file_of(*published, chosen.size, chosen.sha256)) {
        forget_own(store, name);
    } else {
        keep_own(store, chosen);
    }
}

void remove_model(const ModelStore& store, std::string_view name, bool force) {
    const ModelEntry& entry = store.model(name);
    const fs::path path = store.path_of(entry);
    if (const std::string names = dependants(store, name); !names.empty() && !force) {
        throw ModelError(
            fmt::format("{} stays: {} cannot do without it; remove that first or give {}", name,
                        names, flags::kForce));
    }
    const std::array files{path, with_ending(path, ".previous"), with_ending(path, ".part")};
    bool any = store.is_own(entry);
    for (const fs::path& file : files) {
        any = any || is_there(file);
    }
    if (!any) {
        throw ModelError(fmt::format("the model {} is not at {}", name, path.string()));
    }
    const FileLock lock(path, [] { return true; });
    for (const fs::path& file : files) {
        std::error_code error;
        fs::remove(file, error);
        if (error) {
            throw ModelError(fmt::format("cannot remove {}: {}", file.string(), error.message()));
        }
    }
    forget_own(store, name);
}

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
