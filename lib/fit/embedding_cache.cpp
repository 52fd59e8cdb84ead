#include "fit/embedding_cache.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json_string.h"
#include "core/log.h"
#include "core/new_file.h"
#include "models/checkpoint/checkpoint.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

// Keys of the file's metadata.
constexpr const char* kFolderKey = "folder";
constexpr const char* kSourceKey = "source";

/// Of a picture; empty where it is gone.
std::string key_of_picture(const fs::path& picture) {
    std::error_code gone;
    const auto size = fs::file_size(picture, gone);
    const auto time = gone ? fs::file_time_type() : fs::last_write_time(picture, gone);
    return gone ? std::string()
                : fmt::format("{} {} {}", size, time.time_since_epoch().count(),
                              picture.filename().string());
}

std::string metadata_of(const Checkpoint& checkpoint, std::string_view key) {
    for (const auto& [name, value] : checkpoint.metadata()) {
        if (name == key) {
            return value;
        }
    }
    return {};
}

}  // namespace

EmbeddingCache::EmbeddingCache(const fs::path& folder, const std::string& source,
                               std::size_t numbers)
    : source_(source), numbers_(numbers) {
    std::error_code ignored;
    const fs::path whole = fs::canonical(folder, ignored);
    folder_ = whole.string();
    const std::string name = whole.filename().string();
    if (!name.empty()) {
        places_.push_back(whole.parent_path() / fmt::format(".{}.clip.safetensors", name));
    }
    if (const auto cache = cache_folder()) {
        places_.push_back(
            *cache / "wardrobes" /
            fmt::format("{}-{:016x}.clip.safetensors", name, std::hash<std::string>()(folder_)));
    }
    for (const fs::path& place : places_) {
        if (fs::is_regular_file(place, ignored)) {
            read(place);
        }
    }
}

void EmbeddingCache::read(const fs::path& file) {
    try {
        const auto checkpoint = read_checkpoint(file);
        if (metadata_of(*checkpoint, kFolderKey) != folder_ ||
            metadata_of(*checkpoint, kSourceKey) != source_) {
            return;
        }
        const std::vector<std::int64_t> shape{static_cast<std::int64_t>(numbers_)};
        for (const TensorEntry& tensor : checkpoint->tensors()) {
            Embedding embedding = tensor.shape == shape ? to_floats(tensor) : Embedding();
            if (!embedding.empty() && std::all_of(embedding.begin(), embedding.end(),
                                                  [](float x) { return std::isfinite(x); })) {
                kept_[tensor.key] = std::move(embedding);
            }
        }
        file_ = file;
    } catch (const ModelError& error) {
        log::debug("{}; it is made anew", error.what());
    }
}

std::optional<Embedding> EmbeddingCache::find(const fs::path& picture) {
    const auto found = kept_.find(key_of_picture(picture));
    if (found == kept_.end()) {
        return std::nullopt;
    }
    used_.insert(*found);
    return found->second;
}

void EmbeddingCache::put(const fs::path& picture, Embedding embedding) {
    if (std::string key = key_of_picture(picture); !key.empty()) {
        used_[std::move(key)] = std::move(embedding);
        has_more_ = true;
    }
}

void EmbeddingCache::save() {
    if (!has_more_) {
        return;
    }
    std::string problem = "there is no folder for caches: HOME is not set";
    for (const fs::path& place : places_) {
        try {
            if (&place == &places_.back()) {
                std::error_code ignored;
                fs::create_directories(place.parent_path(), ignored);
            }
            write(place);
            file_ = place;
            has_more_ = false;
            return;
        } catch (const MediaError& error) {
            problem = error.what();
        }
    }
    log::warning("what was seen of the pictures is not kept for the next search: {}", problem);
}

void EmbeddingCache::write(const fs::path& file) const {
    nlohmann::json header{{"__metadata__", {{kFolderKey, folder_}, {kSourceKey, source_}}}};
    std::size_t end = 0;
    for (const auto& [key, embedding] : used_) {
        const std::size_t begin = end;
        end += embedding.size() * sizeof(float);
        header[key] = {
            {"dtype", "F32"}, {"shape", {embedding.size()}}, {"data_offsets", {begin, end}}};
    }
    const std::string text = json_string(header);
    const std::uint64_t size = text.size();
    NewFile output(file);
    output.write(&size, sizeof size);
    output.write(text);
    for (const auto& [key, embedding] : used_) {
        output.write(embedding.data(), embedding.size() * sizeof(float));
    }
    output.publish();
}

}  // namespace closet
