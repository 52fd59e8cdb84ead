#include <map>
#include <memory>

#include <fmt/format.h>

#include "closet/command.h"
#include "closet/command_tree.h"

namespace closet {
namespace {

constexpr const char* kCompletionNotes = R"(Packages put these where the shells look. By hand:
  closet completion bash >~/.local/share/bash-completion/completions/closet
  closet completion zsh >FOLDER/_closet         with FOLDER in fpath, before compinit
  closet completion fish >~/.config/fish/completions/closet.fish)";

using Completion = std::string (*)(const CommandFacts&);

const std::map<std::string, Completion>& shells() {
    static const std::map<std::string, Completion> all{
        {"bash", bash_completion}, {"fish", fish_completion}, {"zsh", zsh_completion}};
    return all;
}

}  // namespace

Command add_completion_command(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("completion", "print what makes a shell complete commands and options");
    command->footer(kCompletionNotes);
    const auto shell = std::make_shared<std::string>();
    std::vector<std::string> names;
    for (const auto& [name, completion] : shells()) {
        names.push_back(name);
    }
    command->add_option("shell", *shell, "the shell")
        ->required()
        ->type_name("SHELL")
        ->check(CLI::IsMember(names));
    return {command, [&app, shell] {
                fmt::print("{}", shells().at(*shell)(facts_of(app)));
                return static_cast<int>(kExitDone);
            }};
}

Command add_man_command(CLI::App& app) {
    CLI::App* command =
        app.add_subcommand("man", "print the manual page, to read with `closet man | man -l -`");
    return {command, [&app] {
                const std::string version = app.version();  // "closet 1.2.3 (revision), ..."
                fmt::print("{}", man_page(facts_of(app), version.substr(0, version.find(" ("))));
                return static_cast<int>(kExitDone);
            }};
}

}  // namespace closet
