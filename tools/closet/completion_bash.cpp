#include <fmt/ranges.h>

#include "command_tree.h"

namespace closet {
namespace {

constexpr const char* kBashDriver = R"bash(
_closet() {
    local current=${COMP_WORDS[COMP_CWORD]} command=closet option='' word takes choices commands options i
    _closet_command closet
    for ((i = 1; i < COMP_CWORD; ++i)); do
        word=${COMP_WORDS[i]}
        if [[ $word == = ]]; then
            continue # bash makes three words of --option=value
        elif [[ -n $option ]]; then
            option=''
        elif [[ $word == -* ]]; then
            _closet_value "$command" "$word"
            [[ -z $takes ]] || option=$word
        elif [[ " $commands " == *" $word "* ]]; then
            command+=" $word"
            _closet_command "$command"
        fi
    done
    [[ $current != = ]] || current=''
    if [[ -z $option && $current == -* ]]; then
        takes='' choices=$options
    else
        _closet_value "$command" "$option"
        [[ -n $option ]] || choices+=" $commands"
    fi
    mapfile -t COMPREPLY < <(
        compgen -W "$choices" -- "$current"
        case $takes in
        file) compgen -f -- "$current" ;;
        folder) compgen -d -- "$current" ;;
        esac
    )
    case $takes in file | folder) compopt -o filenames 2>/dev/null ;; esac
    return 0
}
complete -F _closet closet
)bash";

std::string bash_value(const OptionFacts& option) {
    const char* takes = option.takes_folder ? "folder" : (option.takes_file ? "file" : "word");
    return option.choices.empty()
               ? fmt::format("takes='{}'", takes)
               : fmt::format("takes='{}' choices='{}'", takes, fmt::join(option.choices, " "));
}

}  // namespace

std::string bash_completion(const CommandFacts& program) {
    std::string commands =
        "_closet_command() { # COMMAND: sets commands and options\n"
        "    commands='' options=''\n    case $1 in\n";
    std::string values =
        "_closet_value() { # COMMAND OPTION, '' for an argument: sets takes "
        "(empty: no value) and choices\n"
        "    takes='' choices=''\n    case \"$1 $2\" in\n";
    for (const CommandFacts* command : all_commands(program)) {
        std::vector<std::string> below, names;
        for (const CommandFacts& sub : command->commands) {
            below.push_back(name_of(sub));
        }
        bool has_argument = false;
        for (const OptionFacts& option : command->options) {
            names.insert(names.end(), option.names.begin(), option.names.end());
            if (option.value.empty()) {
                continue;
            }
            std::vector<std::string> patterns;
            for (const std::string& name : option.names) {
                patterns.push_back(fmt::format("'{} {}'", command->path, name));
            }
            if (!option.argument.empty() && !has_argument) {
                patterns.push_back(fmt::format("'{} '", command->path));
                has_argument = true;  // of a command with several, all take the same
            }
            if (patterns.empty()) {
                continue;
            }
            values +=
                fmt::format("    {}) {} ;;\n", fmt::join(patterns, " | "), bash_value(option));
        }
        commands += fmt::format("    '{}') commands='{}' options='{}' ;;\n", command->path,
                                fmt::join(below, " "), fmt::join(names, " "));
    }
    return "# bash completion for closet, written by `closet completion bash`.\n# shellcheck "
           "shell=bash\n" +
           commands + "    esac\n}\n" + values + "    esac\n}\n" + kBashDriver;
}

}  // namespace closet
