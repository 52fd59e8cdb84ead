#include "models_inspect.h"

#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "core/json_string.h"
#include "exit_code.h"
#include "inspection_report.h"
#include "models/inspection.h"
#include "models/store/model_store.h"

namespace closet {
namespace {

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

Command add_models_inspect(CLI::App& models) {
    const auto options = std::make_shared<Options>();
    CLI::App* inspect =
        models.add_subcommand("inspect", "tell what a model file is and whether its keys fit");
    inspect
        ->add_option("file", options->file,
                     "a .pth, .safetensors or .tflite file, or the name of a model")
        ->required()
        ->type_name("FILE or NAME");
    inspect->add_flag("--json", options->json, "as JSON");
    return {inspect, [options] { return run_inspect(*options); }};
}

}  // namespace closet
