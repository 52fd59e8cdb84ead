#include "infer/cutter/kept_embedding.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <system_error>

#include <fmt/format.h>

#include "core/error.h"
#include "core/files.h"
#include "core/log.h"
#include "core/new_file.h"
#include "models/checkpoint/checkpoint.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEmbeddingKey = "embedding";
constexpr const char* kEmbeddingEnding = ".safetensors";

std::optional<fs::path> embedding_folder() {
    const auto cache = cache_folder();
    return cache ? std::optional(*cache / "pointing") : std::nullopt;
}

}  // namespace

std::optional<std::vector<float>> find_kept_embedding(const std::string& name,
                                                      std::size_t numbers) {
    const auto folder = embedding_folder();
    const fs::path file = folder ? *folder / (name + kEmbeddingEnding) : fs::path();
    std::error_code error;
    if (!folder || !fs::is_regular_file(file, error)) {
        return std::nullopt;
    }
    try {
        const auto checkpoint = read_checkpoint(file);
        const TensorEntry* const tensor = checkpoint->find(kEmbeddingKey);
        const std::vector<std::int64_t> shape{static_cast<std::int64_t>(numbers)};
        std::vector<float> kept =
            tensor != nullptr && tensor->shape == shape ? to_floats(*tensor) : std::vector<float>();
        if (!kept.empty() &&
            std::all_of(kept.begin(), kept.end(), [](float x) { return std::isfinite(x); })) {
            fs::last_write_time(file, fs::file_time_type::clock::now(), error);
            return kept;
        }
    } catch (const ModelError& problem) {
        log::debug("{}; it is made anew", problem.what());
    }
    return std::nullopt;
}

void keep_embedding(const std::string& name, std::span<const float> numbers) {
    const auto folder = embedding_folder();
    if (!folder) {
        return;
    }
    std::error_code error;
    fs::create_directories(*folder, error);
    const std::string header =
        fmt::format(R"({{"{}":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{}]}}}})",
                    kEmbeddingKey, numbers.size(), numbers.size_bytes());
    const std::uint64_t size = header.size();
    try {
        NewFile file(*folder / (name + kEmbeddingEnding), {.follow = false});
        file.write(&size, sizeof size);
        file.write(header);
        file.write(numbers.data(), numbers.size_bytes());
        file.publish();
    } catch (const MediaError& problem) {
        log::debug("what was seen of the picture is not kept: {}", problem.what());
        return;
    }
    constexpr std::uintmax_t kAny = std::numeric_limits<std::uintmax_t>::max();
    keep_latest(*folder, kEmbeddingEnding, kKeptEmbeddings, kAny);
}

}  // namespace closet
