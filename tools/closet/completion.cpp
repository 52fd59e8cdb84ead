#include <fmt/ranges.h>

#include "closet/command_tree.h"

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

/// Inside single quotes.
std::string fish_quoted(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return "'" + result + "'";
}

/// The flags of `complete` for the values of an option or an argument.
std::string fish_values(const OptionFacts& option) {
    std::string flags = option.takes_file || option.takes_folder ? " -F" : " -f";
    if (option.takes_folder) {
        flags = " -f -a '(__fish_complete_directories)'";
    } else if (!option.choices.empty()) {
        flags += " -a " + fish_quoted(fmt::format("{}", fmt::join(option.choices, " ")));
    }
    return flags;
}

std::string fish_option(const OptionFacts& option) {
    std::string flags;
    for (const std::string& name : option.names) {
        flags += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!option.value.empty()) {
        flags += " -r" + fish_values(option);
    }
    return flags + " -d " + fish_quoted(option.description);
}

constexpr const char* kZshDriver = R"zsh(
# Names that are known, or a file.
_closet_name_or_file() {
    compadd -- "$@"
    _files
}

_closet() {
    local command=closet
    integer i
    for ((i = 2; i < CURRENT; ++i)); do
        _closet_is_command "$command $words[i]" || break
        command+=" $words[i]"
    done
    shift $((i - 2)) words
    ((CURRENT -= i - 2))
    _closet_at "$command"
}

if [[ $funcstack[1] == _closet ]]; then
    _closet "$@"
else
    compdef _closet closet
fi
)zsh";

/// Inside single quotes, with a backslash before what `special` holds.
std::string quoted(const std::string& text, std::string_view special) {
    std::string result;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) {
            result += '\\';
        }
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result;
}

std::string zsh_action(const OptionFacts& option) {
    if (option.takes_folder) {
        return "_files -/";
    }
    if (option.choices.empty()) {
        return option.takes_file ? "_files" : "";
    }
    std::string words;
    for (const std::string& choice : option.choices) {
        words += (words.empty() ? "" : " ") + quoted(choice, " :()\\");
    }
    return option.takes_file ? " _closet_name_or_file " + words : "(" + words + ")";
}

std::string zsh_specs(const CommandFacts& command) {
    std::string specs;
    for (const OptionFacts& option : command.options) {
        const std::string value =
            option.value.empty()
                ? ""
                : fmt::format(":{}:{}", quoted(option.value, ":"), zsh_action(option));
        for (const std::string& name : option.names) {
            const std::string sign =
                option.value.empty() ? "" : (name.starts_with("--") ? "=" : "+");
            specs += fmt::format(
                " \\\n            '{}{}{}[{}]{}'",
                option.may_repeat ? "*" : fmt::format("({})", fmt::join(option.names, " ")), name,
                sign, quoted(option.description, "[]:\\"), value);
        }
    }
    if (!command.commands.empty()) {
        const std::vector<const OptionFacts*> arguments = arguments_of(command);
        specs += fmt::format(" \\\n            '1:command:{{_closet_commands \"{}\"{}}}'",
                             command.path, arguments.empty() ? "" : "; _files");
    } else {
        for (const OptionFacts* argument : arguments_of(command)) {
            specs += fmt::format(" \\\n            '{}:{}:{}'", argument->may_repeat ? "*" : "",
                                 quoted(argument->value, ":"), zsh_action(*argument));
        }
    }
    return specs;
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

std::string fish_completion(const CommandFacts& program) {
    std::string paths, lines;
    for (const CommandFacts* command : all_commands(program)) {
        paths += " '" + command->path + "'";
        const std::string at = fmt::format("complete -c closet -n '__closet_at {}'", command->path);
        for (const CommandFacts& below : command->commands) {
            lines +=
                fmt::format("{} -a {} -d {}\n", at, name_of(below), fish_quoted(below.description));
        }
        for (const OptionFacts& option : command->options) {
            if (!option.names.empty()) {
                lines += at + fish_option(option) + "\n";
            }
            if (!option.argument.empty()) {
                lines += at + fish_values(option) + "\n";
            }
        }
    }
    return "# fish completion for closet, written by `closet completion fish`.\n\n"
           "function __closet_at --description 'whether the command line is at this command'\n"
           "    set -l command closet\n"
           "    for word in (commandline -opc)[2..]\n"
           "        contains -- \"$command $word\"" +
           paths +
           "\n        or break\n"
           "        set command \"$command $word\"\n"
           "    end\n"
           "    test \"$command\" = \"$argv\"\n"
           "end\n\n"
           "complete -c closet -f\n" +
           lines;
}

std::string zsh_completion(const CommandFacts& program) {
    std::string paths, lists, specs;
    for (const CommandFacts* command : all_commands(program)) {
        paths += fmt::format("{}'{}'", paths.empty() ? "" : " | ", command->path);
        specs += fmt::format("    '{}')\n        _arguments -s -S :{}\n        ;;\n", command->path,
                             zsh_specs(*command));
        if (command->commands.empty()) {
            continue;
        }
        lists += fmt::format("    '{}')\n        commands=(\n", command->path);
        for (const CommandFacts& below : command->commands) {
            lists += fmt::format("            '{}:{}'\n", name_of(below),
                                 quoted(below.description, "\\"));
        }
        lists += "        )\n        ;;\n";
    }
    return "#compdef closet\n# zsh completion for closet, written by `closet completion zsh`.\n\n"
           "_closet_is_command() {\n    case $1 in\n    " +
           paths +
           ") return 0 ;;\n    esac\n    return 1\n}\n\n"
           "# The subcommands of a command, with what they do.\n"
           "_closet_commands() {\n    local -a commands\n    case $1 in\n" +
           lists +
           "    esac\n    _describe -t commands command commands\n}\n\n"
           "_closet_at() {\n    case $1 in\n" +
           specs + "    esac\n}\n" + kZshDriver;
}

}  // namespace closet
