#include "models/inspection.h"

#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/sha256.h"
#include "models/checkpoint/checkpoint.h"
#include "models/nhwc/plan.h"
#include "models/onnx/graph_builder.h"
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

template <class Build>
void try_graph(GraphFacts& facts, std::string& problem, Build build) {
    try {
        const std::vector<std::string_view> obstacles = nhwc_obstacles(build());
        facts.backend = obstacles.empty()
                            ? "own kernels"
                            : fmt::format("LibTorch, since the own kernels do not serve its {}",
                                          fmt::join(obstacles, ", "));
    } catch (const ModelError& error) {
        problem = error.what();
    }
}

template <class Operators, class Name>
void count(GraphFacts& facts, const Operators& operators, Name name) {
    std::map<std::string, std::size_t> counts;
    for (const auto& op : operators) {
        ++counts[name(op)];
    }
    facts.operators.assign(counts.begin(), counts.end());
}

GraphFacts facts_of(const TfliteFile& file, std::string& problem) {
    GraphFacts facts;
    for (const auto& [indices, tensors] :
         {std::pair(&file.inputs, &facts.inputs), std::pair(&file.outputs, &facts.outputs)}) {
        for (const auto index : *indices) {
            const TfliteTensor& tensor = file.tensors[static_cast<std::size_t>(index)];
            tensors->push_back({tensor.name, "float32", tensor.shape});
        }
    }
    count(facts, file.operators, [](const TfliteOperator& op) { return op.name; });
    try_graph(facts, problem, [&] { return build_graph(file, {}); });
    return facts;
}

GraphFacts facts_of(const OnnxFile& file, std::string& problem) {
    GraphFacts facts;
    for (const auto& [values, tensors] :
         {std::pair(&file.inputs, &facts.inputs), std::pair(&file.outputs, &facts.outputs)}) {
        for (const OnnxValue& value : *values) {
            tensors->push_back({value.name, value.type, value.shape});
        }
    }
    count(facts, file.nodes, [](const OnnxNode& node) { return node.type; });
    facts.parameters = file.parameters;
    constexpr std::int64_t kSide = 256;
    try_graph(facts, problem, [&] { return build_graph(file, {}, {kSide, kSide}); });
    return facts;
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
    } else if (is_onnx(path)) {
        const OnnxFile file = read_onnx(path);
        result.format = fmt::format("ONNX, operators of version {}", file.opset);
        result.facts = facts_of(file, result.problem);
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
        if (entry.file == path.filename() && !entry.is_by_hand()) {
            result.name_matches_hash = same;
        }
    }
    return result;
}

}  // namespace closet
