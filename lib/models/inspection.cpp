#include "models/inspection.h"

#include <array>
#include <fstream>
#include <regex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/sha256.h"
#include "models/checkpoint/checkpoint.h"
#include "models/store/model_store.h"
#include "models/tflite/file.h"
#include "models/tflite/graph_builder.h"

namespace closet {

namespace {

// FlatBuffers put the file identifier behind the four bytes of the root's offset.
bool is_tflite(const std::filesystem::path& path) {
    std::array<char, 8> head{};
    std::ifstream(path, std::ios::binary).read(head.data(), head.size());
    return std::string_view(head.data(), head.size()).ends_with("TFL3");
}

CheckpointFacts facts_of(const Checkpoint& checkpoint, std::string& problem) {
    CheckpointFacts facts{.tensors = checkpoint.tensors().size(),
                          .network = {},
                          .keys = {},
                          .metadata = checkpoint.metadata()};
    const StateDict state(checkpoint.tensors());
    try {
        if (auto network = recognize_network(state)) {
            facts.keys = survey(*network, state);
            facts.network = std::move(network);
        } else {
            problem = fmt::format("it is no {}: it lacks the keys of their heads", family_names());
        }
    } catch (const ModelError& error) {
        problem = error.what();
    }
    return facts;
}

TfliteFacts facts_of(const TfliteFile& file, std::string& problem) {
    const auto describe = [&](const std::vector<std::int32_t>& indices) {
        std::vector<TfliteFacts::Tensor> tensors;
        for (const auto index : indices) {
            const TfliteTensor& tensor = file.tensors[static_cast<std::size_t>(index)];
            tensors.push_back({tensor.name, tensor.shape});
        }
        return tensors;
    };
    try {
        build_graph(file, {});
    } catch (const ModelError& error) {
        problem = error.what();
    }
    return {.inputs = describe(file.inputs),
            .outputs = describe(file.outputs),
            .operators = file.operators.size()};
}

}  // namespace

std::optional<std::string> hash_in_name(const std::filesystem::path& path) {
    static const std::regex kHash(R"(.*-([0-9a-f]{8})(_[0-9]{8})?\.[A-Za-z]+)");
    const std::string name = path.filename().string();
    std::smatch match;
    return std::regex_match(name, match, kHash) ? std::optional(match[1].str()) : std::nullopt;
}

Inspection inspect_model(const std::filesystem::path& path) {
    Inspection result;
    result.path = path;
    if (is_tflite(path)) {
        result.format = "TensorFlow Lite";
        result.facts = facts_of(read_tflite(path), result.problem);
    } else {
        const auto checkpoint = read_checkpoint(path);
        result.format = to_string(checkpoint->format());
        result.facts = facts_of(*checkpoint, result.problem);
    }
    result.size = std::filesystem::file_size(path);
    result.sha256 = sha256_of_file(path);
    if (const auto digits = hash_in_name(path)) {
        result.name_matches_hash = result.sha256.starts_with(*digits);
    }
    // The list comes after the digits: those of some published files are not their hash's.
    const ModelStore store;
    for (const ModelEntry& entry : store.models()) {
        const bool same = is_file_of(entry, result.size, result.sha256);
        if (same) {
            result.known_as = entry.name;
        }
        if (entry.file == path.filename()) {
            result.name_matches_hash = same;
        }
    }
    return result;
}

}  // namespace closet
