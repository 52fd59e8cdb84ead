#include "closet/models/models_inspect.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "closet/command.h"
#include "core/json_string.h"
#include "models/inspection.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

constexpr std::size_t kLongestName = 80;  // of a name in a file, in letters

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
    void operator()(const GraphFacts& graph) const {
        for (const auto& [key, tensors] :
             {std::pair("inputs", &graph.inputs), std::pair("outputs", &graph.outputs)}) {
            json[key] = nlohmann::json::array();
            for (const GraphFacts::Tensor& tensor : *tensors) {
                json[key].push_back(
                    {{"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}});
            }
        }
        json["operators"] = nlohmann::json::object();
        for (const auto& [name, uses] : graph.operators) {
            json["operators"][printable(name, kLongestName)] = uses;
        }
        if (graph.parameters != 0) {
            json["parameters"] = graph.parameters;
        }
        json["backend"] = graph.backend;
    }
};

template <class... Arguments>
void line(const char* title, fmt::format_string<Arguments...> form, Arguments&&... arguments) {
    fmt::print("{:<13} {}\n", title, fmt::format(form, std::forward<Arguments>(arguments)...));
}

// A list of keys, one a line; all of them, since this is where one looks for them.
void print_keys(const char* title, const std::vector<std::string>& keys) {
    constexpr std::size_t kLongest = 120;
    for (const std::string& key : keys) {
        line(title, "{}", printable(key, kLongest));
        title = "";
    }
}

void print_keys(const KeyReport& keys) {
    line("keys", "{} of {} parameters match ({:.2f} million numbers)", keys.matched, keys.expected,
         static_cast<double>(keys.parameters) / 1e6);
    if (!keys.prefix.empty()) {
        line("prefix", "\"{}\" stripped", printable(keys.prefix, 80));
    }
    if (keys.left_aside != 0) {
        line("left aside", "{} keys that the network does not read (counters, averages)",
             keys.left_aside);
    }
    std::vector<std::string> misshapen;
    for (const KeyReport::Misshapen& entry : keys.misshapen) {
        misshapen.push_back(fmt::format("{} {} instead of {}", entry.key,
                                        fmt::join(entry.actual, "x"),
                                        fmt::join(entry.expected, "x")));
    }
    print_keys("missing", keys.missing);
    print_keys("other shape", misshapen);
    print_keys("unexpected", keys.unexpected);
    if (!keys.complete()) {
        line("use", "needs --allow-partial; at their start values: {}",
             keys.missing.empty() && misshapen.empty()
                 ? "none"
                 : fmt::format("{}", fmt::join(keys.start_layers(), ", ")));
    }
}

// Of the hundreds of entries of a checkpoint those that tell where it comes from.
void print_training(const std::vector<std::pair<std::string, std::string>>& metadata) {
    constexpr std::array<std::string_view, 8> kTold{
        "epoch", "iter", "experiment_name", "time", "dataset_name", "model", "license", "bn"};
    constexpr std::size_t kLongest = 80;
    const char* title = "training";
    for (const auto& [key, value] : metadata) {
        const std::string_view last = std::string_view(key).substr(key.rfind('.') + 1);
        const bool repeats = key.starts_with("message_hub.");  // what "meta." says already
        const bool told = std::find(kTold.begin(), kTold.end(), last) != kTold.end();
        if (!repeats && (told || last.ends_with("version"))) {
            line(title, "{} {}", printable(last, kLongest), printable(value, kLongest));
            title = "";
        }
    }
}

struct PrintFacts {
    void operator()(const CheckpointFacts& checkpoint) const {
        line("tensors", "{}", checkpoint.tensors);
        if (const auto& network = checkpoint.network) {
            line("architecture", "{}", network->text);
            line("input", "{}x{} {}", network->input_height, network->input_width,
                 network->channels);
            print_keys(checkpoint.keys);
        }
        print_training(checkpoint.metadata);
    }
    void operator()(const GraphFacts& graph) const {
        for (const auto& [title, tensors] :
             {std::pair("input", &graph.inputs), std::pair("output", &graph.outputs)}) {
            for (const GraphFacts::Tensor& tensor : *tensors) {
                std::string shape;
                for (const std::int64_t extent : tensor.shape) {
                    shape += shape.empty() ? "" : "x";
                    shape += extent < 0 ? "?" : std::to_string(extent);
                }
                line(title, "{} {} {}", shape, tensor.type, printable(tensor.name, kLongestName));
            }
        }
        std::vector<std::string> operators;
        for (const auto& [name, uses] : graph.operators) {
            operators.push_back(fmt::format("{} {}", uses, printable(name, kLongestName)));
        }
        line("operators", "{}", fmt::join(operators, ", "));
        if (graph.parameters != 0) {
            line("parameters", "{}", graph.parameters);
        }
        if (!graph.backend.empty()) {
            line("runs on", "{}", graph.backend);
        }
    }
};

struct Options {
    std::string file;
    bool json = false;
};

// A model's name means its file in the models folder.
std::filesystem::path file_of(const std::string& name) {
    if (std::filesystem::exists(name)) {
        return name;
    }
    const ModelStore store;
    for (const ModelEntry& entry : store.models()) {
        if (entry.name == name) {
            return store.path_of(entry);
        }
    }
    return name;
}

int run_inspect(const Options& options) {
    const Inspection inspection = inspect_model(file_of(options.file));
    if (options.json) {
        fmt::print("{}\n", json_string(to_json(inspection), 2));
    } else {
        print_text(inspection);
    }
    return kExitDone;
}

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

std::string printable(std::string_view text, std::size_t most) {
    std::string result(text.substr(0, most));
    std::replace_if(
        result.begin(), result.end(),
        [](unsigned char letter) { return letter < ' ' || letter == 0x7F; }, ' ');
    return text.size() > most ? result + "..." : result;
}

void print_text(const Inspection& inspection) {
    line("file", "{}", inspection.path.string());
    line("format", "{}", inspection.format);
    line("size", "{} bytes", inspection.size);
    line("sha256", "{}{}", inspection.sha256,
         !inspection.name_matches_hash ? ""
         : *inspection.name_matches_hash
             ? " (as the file's name says)"
             : " (the file's name says otherwise: damaged, changed or renamed)");
    if (!inspection.known_as.empty()) {
        line("model", "{}", inspection.known_as);
    }
    std::visit(PrintFacts{}, inspection.facts);
    if (!inspection.problem.empty()) {
        line("problem", "{}", printable(inspection.problem, 1000));
    }
}

Command add_models_inspect(CLI::App& models) {
    const auto options = std::make_shared<Options>();
    CLI::App* inspect =
        models.add_subcommand("inspect", "tell what a model file is and whether its keys fit");
    inspect
        ->add_option("file", options->file,
                     "a .pth, .safetensors, .tflite or .onnx file, or the name of a model")
        ->required()
        ->type_name("FILE or NAME");
    inspect->add_flag("--json", options->json, "as JSON");
    return {inspect, [options] { return run_inspect(*options); }};
}

}  // namespace closet
