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

nlohmann::json input_of(std::int64_t height, std::int64_t width, const char* order) {
    return {{"height", height}, {"width", width}, {"channels", order}};
}

struct AddArchitecture {
    nlohmann::json& json;

    void operator()(std::monostate) const { json["architecture"] = nullptr; }
    void operator()(const RtmPoseArchitecture& pose) const {
        json["architecture"] = to_string(pose);
        json["input"] = input_of(pose.input_height, pose.input_width, "RGB");
        json["keypoints"] = pose.head.keypoints;
    }
    void operator()(const RtmDetArchitecture& det) const {
        json["architecture"] = to_string(det);
        json["input"] = input_of(det.input_height, det.input_width, "BGR");
        json["classes"] = det.classes;
    }
};

struct AddFacts {
    nlohmann::json& json;

    void operator()(const CheckpointFacts& checkpoint) const {
        constexpr std::size_t kLongest = 1000;
        std::visit(AddArchitecture{json}, checkpoint.architecture);
        json["tensors"] = checkpoint.tensors;
        if (checkpoint.architecture.index() != 0) {
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
