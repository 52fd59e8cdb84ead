#include "models/store/model_store.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/sha256.h"

namespace closet {

namespace {

namespace fs = std::filesystem;

const char* variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

const ModelEntry* find_entry(const std::vector<ModelEntry>& entries, std::string_view name) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const ModelEntry& entry) { return entry.name == name; });
    return found == entries.end() ? nullptr : &*found;
}

/// Replaces entries of the same name, appends the others. Throws ModelError where two models would
/// share a file.
void merge(std::vector<ModelEntry>& entries, const std::vector<ModelEntry>& more,
           const std::string& origin) {
    for (const ModelEntry& entry : more) {
        const auto same_file = [&](const ModelEntry& other) {
            return other.file == entry.file && other.name != entry.name;
        };
        if (std::any_of(entries.begin(), entries.end(), same_file)) {
            throw ModelError(fmt::format("{}: the file {} of {} belongs to another model", origin,
                                         entry.file, entry.name));
        }
        if (const ModelEntry* known = find_entry(entries, entry.name)) {
            entries[static_cast<std::size_t>(known - entries.data())] = entry;
        } else {
            entries.push_back(entry);
        }
    }
}

std::vector<ModelEntry> read_published() {
    std::vector<ModelEntry> entries = built_in_models();
    if (const char* more = variable("CLOSET_MANIFEST")) {
        merge(entries, read_manifest(more), more);
    }
    return entries;
}

std::string remedy(const ModelEntry& entry, const fs::path& path,
                   const std::vector<ModelEntry>& known) {
    if (entry.setup) {
        std::string names;  // all that a fresh user lacks, not one after the other
        for (const ModelEntry& other : known) {
            names += other.setup ? " " + other.name : "";
        }
        return fmt::format("run `closet models fetch{}`, or scripts/setup where the sources are",
                           names);
    }
    if (entry.is_by_hand()) {
        return how_to_import({entry});
    }
    if (entry.url.empty()) {
        return fmt::format("give its file to `closet models import FILE {} {}`", flags::kName,
                           entry.name);
    }
    // What works together is fetched together.
    const std::string& name = entry.groups.empty() ? entry.name : entry.groups.front();
    return fmt::format("run `closet models fetch {}`, or {}", name, by_hand(entry, path));
}

}  // namespace

std::optional<fs::path> cache_folder() {
    if (const char* cache = variable("XDG_CACHE_HOME")) {
        return fs::path(cache) / "closet";
    }
    if (const char* home = variable("HOME")) {
        return fs::path(home) / ".cache" / "closet";
    }
    return std::nullopt;
}

fs::path models_folder() {
    if (const char* folder = variable("CLOSET_MODELS")) {
        return folder;
    }
    if (const auto cache = cache_folder()) {
        return *cache / "models";
    }
    throw ConfigError("there is no folder for models: set CLOSET_MODELS (HOME is not set either)");
}

ModelStore::ModelStore() : ModelStore(models_folder(), read_published()) {}

ModelStore::ModelStore(fs::path folder, std::vector<ModelEntry> published)
    : folder_(std::move(folder)), published_(std::move(published)), models_(published_) {
    std::error_code absent;
    if (fs::exists(own_list(), absent)) {
        own_ = read_manifest(own_list());
        merge(models_, own_, own_list().string());
    }
}

const ModelEntry& ModelStore::model(std::string_view name) const {
    if (const ModelEntry* entry = find_entry(models_, name)) {
        return *entry;
    }
    std::string names;
    for (const ModelEntry& entry : models_) {
        names += (names.empty() ? "" : ", ") + entry.name;
    }
    throw ConfigError(fmt::format("there is no model '{}'; known are {}", name, names));
}

std::vector<std::string> ModelStore::group(std::string_view name) const {
    std::vector<std::string> names;
    for (const ModelEntry& entry : models_) {
        if (std::find(entry.groups.begin(), entry.groups.end(), name) != entry.groups.end()) {
            names.push_back(entry.name);
        }
    }
    return names;
}

const ModelEntry* ModelStore::published(std::string_view name) const {
    return find_entry(published_, name);
}

bool ModelStore::is_own(const ModelEntry& entry) const {
    return find_entry(own_, entry.name) != nullptr;
}

FileCheck ModelStore::check(const ModelEntry& entry) const {
    const fs::path path = path_of(entry);
    FileCheck check;
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (error) {
        check.problem = error.message();
        return check;
    }
    check.state = FileCheck::State::kDamaged;
    check.size = size;
    if (entry.size != 0 && size != entry.size) {
        check.problem =
            fmt::format("has {} bytes where the model {} has {}", size, entry.name, entry.size);
        return check;
    }
    check.sha256 = sha256_of_file(path);
    if (entry.is_by_hand() || is_file_of(entry, size, check.sha256)) {
        check.state = FileCheck::State::kReady;
    } else {
        check.problem = fmt::format("has the sha256 {} where the model {} has a {}", check.sha256,
                                    entry.name, hash_text(entry));
    }
    return check;
}

fs::path ModelStore::find(std::string_view name) const {
    const ModelEntry& entry = model(name);
    fs::path path = path_of(entry);
    const FileCheck file = check(entry);
    if (file.state == FileCheck::State::kAbsent) {
        throw ModelError(fmt::format("the model {} is not at {} ({}): {}", entry.name,
                                     path.string(), file.problem, remedy(entry, path, models_)));
    }
    if (file.state == FileCheck::State::kDamaged) {
        throw ModelError(
            fmt::format("{} {}: {}", path.string(), file.problem, remedy(entry, path, models_)));
    }
    return path;
}

std::string how_to_import(const std::vector<ModelEntry>& entries) {
    std::string pages, commands;
    for (const ModelEntry& entry : entries) {
        const std::string page = " from " + entry.page;
        // Neighbors of one page share its address.
        if (pages.ends_with(page)) {
            pages.resize(pages.size() - page.size());
        }
        pages += (pages.empty() ? "" : ", ") + entry.page_file + page;
        commands += fmt::format("{}`closet models import {} {} {}`", commands.empty() ? "" : ", ",
                                entry.page_file, flags::kName, entry.name);
    }
    return fmt::format("get {} and run {}", pages, commands);
}

std::string by_hand(const ModelEntry& entry, const fs::path& path) {
    return fmt::format("get {} ({}) by hand and put it at {}", entry.url, hash_text(entry),
                       path.string());
}

fs::path find_model(std::string_view name) {
    return ModelStore().find(name);
}

}  // namespace closet
