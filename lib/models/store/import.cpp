#include "models/store/import.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "core/new_file.h"
#include "core/sha256.h"
#include "models/store/file_lock.h"
#include "models/store/versions.h"

namespace closet {

namespace {

namespace fs = std::filesystem;

// The formats that this program reads: TFLite, ONNX, PyTorch checkpoints, safetensors.
constexpr std::array<std::string_view, 5> kEndings{".tflite", ".onnx", ".pth", ".pt",
                                                   ".safetensors"};

void copy(const fs::path& source, NewFile& target) {
    std::ifstream file(source, std::ios::binary);
    std::vector<char> buffer(1 << 20);
    while (file) {
        file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        target.write(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (!file.eof()) {
        throw ModelError(fmt::format("cannot read {}", source.string()));
    }
}

/// The entry of the manifests that the file is, null where they know no such file.
const ModelEntry* known_as(const ModelStore& store, std::uint64_t size, const std::string& hash) {
    for (const ModelEntry& entry : store.models()) {
        const ModelEntry* const published = store.published(entry.name);
        if (published != nullptr && is_file_of(*published, size, hash)) {
            return published;
        }
    }
    return nullptr;
}

/// The entry under which a file that no manifest knows is kept.
ModelEntry own_entry(const ModelStore& store, const fs::path& source, std::uint64_t size,
                     const std::string& hash, const ImportOptions& options) {
    if (!options.name) {
        for (const ModelEntry& entry : store.models()) {
            if (source.filename() == entry.file) {
                throw ModelError(fmt::format(
                    "{} is damaged or another version: it has {} bytes and the sha256 {}, where {} "
                    "has a {}; give {} NAME to keep it under a name of yours",
                    source.string(), size, hash, entry.name, hash_text(entry), flags::kName));
            }
        }
        throw ModelError(
            fmt::format("{} (sha256 {}) is no model that is known; give {} NAME to keep it under a "
                        "name of yours",
                        source.string(), hash, flags::kName));
    }
    const ModelEntry* const published = store.published(*options.name);
    if (published != nullptr && !published->is_by_hand()) {
        throw ModelError(
            fmt::format("{} is not the model {}: it has {} bytes and the sha256 {}, where {} has a "
                        "{}; give {} another name to keep it",
                        source.string(), published->name, size, hash, published->name,
                        hash_text(*published), flags::kName));
    }
    std::string ending = source.extension().string();
    if (std::find(kEndings.begin(), kEndings.end(), ending) == kEndings.end()) {
        throw ModelError(
            fmt::format("{}: a model's file ends with .tflite, .onnx, .pth, .pt or "
                        ".safetensors",
                        source.string()));
    }
    ModelEntry entry = published != nullptr ? *published : ModelEntry{};
    entry.name = *options.name;
    entry.file = *options.name + ending;
    entry.size = size;
    entry.sha256 = hash;
    if (published == nullptr) {
        entry.purpose = "imported from " + source.filename().string();
    }
    if (options.recognize) {
        const std::string network = options.recognize(source);  // throws where it is none
        entry.purpose = published != nullptr ? entry.purpose : network + ", " + entry.purpose;
    }
    // The text is written in TOML between quotes, on one line.
    std::replace_if(
        entry.purpose.begin(), entry.purpose.end(),
        [](unsigned char letter) { return letter < ' ' || letter >= 0x7f; }, '?');
    return entry;
}

}  // namespace

ModelEntry import_model(const ModelStore& store, const fs::path& source,
                        const ImportOptions& options) {
    std::error_code error;
    if (!fs::is_regular_file(source, error)) {
        throw ModelError(fmt::format("cannot read {}: {}", source.string(),
                                     error ? error.message() : "it is not a regular file"));
    }
    if (options.name) {
        check_model_name(*options.name);
    }
    const std::uint64_t size = fs::file_size(source);
    const std::string hash = sha256_of_file(source);
    const ModelEntry* const known = known_as(store, size, hash);
    if (known != nullptr && options.name && *options.name != known->name &&
        store.published(*options.name) != nullptr) {
        throw ModelError(
            fmt::format("{} is the model {}, not {}", source.string(), known->name, *options.name));
    }
    const bool is_known = known != nullptr && (!options.name || *options.name == known->name);
    ModelEntry entry = is_known ? *known : own_entry(store, source, size, hash, options);
    for (const ModelEntry& other : store.models()) {
        if (other.file == entry.file && other.name != entry.name) {
            throw ConfigError(fmt::format("{} {}: the file {} belongs to the model {}",
                                          flags::kName, entry.name, entry.file, other.name));
        }
        if (other.name == entry.name && other.file != entry.file && store.is_own(other)) {
            throw ConfigError(fmt::format("{} {}: its file is {}; remove that model first",
                                          flags::kName, entry.name, other.file));
        }
    }

    fs::create_directories(store.folder(), error);
    const fs::path path = store.path_of(entry);
    const FileLock lock(path, [] { return true; });
    if (store.check(entry).state != FileCheck::State::kReady) {
        // From another file system or from the very place where the model belongs.
        NewFile file(path, {.ending = ".new", .follow = false});
        copy(source, file);
        if (sha256_of_file(file.partial()) != hash) {
            throw ModelError(fmt::format("{} changed while it was copied", source.string()));
        }
        place(store, entry, file);
    }
    is_known ? forget_own(store, entry.name) : keep_own(store, entry);
    return entry;
}

}  // namespace closet
