#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace closet {

/// What completion and the man page say of an option or an argument. A flag has no `value`.
struct OptionFacts {
    std::vector<std::string> names;    ///< "-g", "--garment"; none where it is only an argument
    std::string argument;              ///< "input" where it may stand without a name, else empty
    std::string value;                 ///< placeholder of the value, as in --help: "FILE"
    std::string range;                 ///< what the value may be, for people: "0..1"
    std::vector<std::string> choices;  ///< values that are known by name
    bool takes_file = false;           ///< a path, or a choice or a path where there are choices
    bool takes_folder = false;         ///< a path of a folder
    bool is_required = false;
    bool may_repeat = false;
    std::string group, description, standard, environment;
};

/// A command with its options as the parser has them, so that what is made of it never goes stale.
/// What --help hides is left out.
struct CommandFacts {
    std::string path;  ///< "closet models fetch"
    std::string description, footer;
    std::vector<OptionFacts> options;
    std::vector<CommandFacts> commands;
};

/// The whole program, from the app that the commands were added to.
CommandFacts facts_of(const CLI::App& program);

/// The command and all below it, parents first.
std::vector<const CommandFacts*> all_commands(const CommandFacts& command);

/// The last word of a path: "fetch".
std::string name_of(const CommandFacts& command);

/// Its arguments without names.
std::vector<const OptionFacts*> arguments_of(const CommandFacts& command);

std::string bash_completion(const CommandFacts& program);
std::string zsh_completion(const CommandFacts& program);
std::string fish_completion(const CommandFacts& program);

/// closet(1) in the man macros of roff. `version` as in "closet 1.2.3".
std::string man_page(const CommandFacts& program, const std::string& version);

}  // namespace closet
