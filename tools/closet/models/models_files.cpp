#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include <fmt/format.h>

#include "closet/command.h"
#include "closet/console.h"
#include "closet/models/models_command.h"
#include "core/error.h"
#include "models/inspection.h"
#include "models/store/import.h"
#include "models/store/model_store.h"
#include "models/store/versions.h"

namespace closet {
namespace {

struct FileArguments {
    std::string name;
    std::string file;
    bool force = false;
};

/// What a file of the user's own is, as `closet models inspect` would say. Throws where nothing
/// here can use it.
std::string recognize(const std::filesystem::path& path) {
    const Inspection inspection = inspect_model(path);
    if (!inspection.problem.empty()) {
        throw ModelError(fmt::format("{} cannot be used: {}", path.string(), inspection.problem));
    }
    const auto* const checkpoint = std::get_if<CheckpointFacts>(&inspection.facts);
    return checkpoint != nullptr && checkpoint->network ? checkpoint->network->text
                                                        : inspection.format;
}

int run_path(const FileArguments& arguments) {
    fmt::print("{}\n", ModelStore().find(arguments.name).string());
    return kExitDone;
}

int run_import(const FileArguments& arguments) {
    const ModelStore store;
    ImportOptions options;
    options.recognize = recognize;
    if (!arguments.name.empty()) {
        options.name = arguments.name;
    }
    const ModelEntry entry = import_model(store, arguments.file, options);
    console::print_line(
        fmt::format("{}: imported to {}", entry.name, store.path_of(entry).string()));
    return kExitDone;
}

int run_restore(const FileArguments& arguments) {
    const ModelStore store;
    restore_previous(store, arguments.name);
    console::print_line(
        fmt::format("{}: the previous version is in use again; `closet models "
                    "restore {}` takes that back",
                    arguments.name, arguments.name));
    return kExitDone;
}

int run_remove(const FileArguments& arguments) {
    remove_model(ModelStore(), arguments.name, arguments.force);
    console::print_line(fmt::format("{}: removed", arguments.name));
    return kExitDone;
}

void add_name(CLI::App& command, FileArguments& arguments) {
    command.add_option("name", arguments.name, "a model of `closet models list`")
        ->required()
        ->type_name("NAME");
}

}  // namespace

Command add_models_path(CLI::App& models) {
    CLI::App* path = models.add_subcommand("path", "print where a model's verified file lies");
    const auto arguments = std::make_shared<FileArguments>();
    add_name(*path, *arguments);
    return {path, [arguments] { return run_path(*arguments); }};
}

Command add_models_import(CLI::App& models) {
    CLI::App* import =
        models.add_subcommand("import", "copy a file into the models folder, verified");
    const auto arguments = std::make_shared<FileArguments>();
    import->add_option("file", arguments->file, "a model that was got by hand, or one of yours")
        ->required()
        ->type_name("FILE");
    import
        ->add_option("--name", arguments->name,
                     "keep a file that the manifest does not know under this name")
        ->type_name("NAME");
    return {import, [arguments] { return run_import(*arguments); }};
}

Command add_models_restore(CLI::App& models) {
    CLI::App* restore =
        models.add_subcommand("restore", "go back to the version that fetch or import replaced");
    const auto arguments = std::make_shared<FileArguments>();
    add_name(*restore, *arguments);
    return {restore, [arguments] { return run_restore(*arguments); }};
}

Command add_models_remove(CLI::App& models) {
    CLI::App* remove =
        models.add_subcommand("remove", "delete a model with its previous version and its part");
    const auto arguments = std::make_shared<FileArguments>();
    add_name(*remove, *arguments);
    remove->add_flag("--force", arguments->force, "even where another model needs it");
    return {remove, [arguments] { return run_remove(*arguments); }};
}

}  // namespace closet
