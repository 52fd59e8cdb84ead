#include <utility>
#include <variant>

#include "inspection_report.h"

namespace closet {
namespace {

nlohmann::json to_json(const KeyReport& keys) {
    nlohmann::json misshapen = nlohmann::json::array();
    for (const KeyReport::Misshapen& entry : keys.misshapen) {
        misshapen.push_back(
            {{"key", entry.key}, {"expected", entry.expected}, {"actual", entry.actual}});
    }
    return {{"expected", keys.expected},     {"matched", keys.matched},
            {"missing", keys.missing},       {"misshapen", misshapen},
            {"unexpected", keys.unexpected}, {"left_aside", keys.left_aside},
            {"prefix", keys.prefix},         {"start_layers", keys.start_layers()}};
}

struct AddFacts {
    nlohmann::json& json;

    void operator()(const CheckpointFacts& checkpoint) const {
        constexpr std::size_t kLongest = 1000;
        json["architecture"] = nullptr;
        json["tensors"] = checkpoint.tensors;
        if (const auto& network = checkpoint.network) {
            json["architecture"] = network->text;
            json["input"] = {{"height", network->input_height},
                             {"width", network->input_width},
                             {"channels", network->channels}};
            json[network->counted] = network->count;
            json["parameters"] = checkpoint.keys.parameters;
            json["keys"] = to_json(checkpoint.keys);
        }
        json["metadata"] = nlohmann::json::object();
        for (const auto& [key, value] : checkpoint.metadata) {
            json["metadata"][key] = printable(value, kLongest);
        }
    }
    void operator()(const TfliteFacts& tflite) const {
        for (const auto& [key, tensors] :
             {std::pair("inputs", &tflite.inputs), std::pair("outputs", &tflite.outputs)}) {
            json[key] = nlohmann::json::array();
            for (const TfliteFacts::Tensor& tensor : *tensors) {
                json[key].push_back({{"name", tensor.name}, {"shape", tensor.shape}});
            }
        }
        json["operators"] = tflite.operators;
    }
};

}  // namespace

nlohmann::json to_json(const Inspection& inspection) {
    nlohmann::json json{{"file", inspection.path.string()}, {"format", inspection.format},
                        {"size", inspection.size},          {"sha256", inspection.sha256},
                        {"known_as", inspection.known_as},  {"name_matches_hash", nullptr}};
    if (inspection.name_matches_hash) {
        json["name_matches_hash"] = *inspection.name_matches_hash;
    }
    std::visit(AddFacts{json}, inspection.facts);
    if (!inspection.problem.empty()) {
        json["problem"] = inspection.problem;
    }
    return json;
}

}  // namespace closet
