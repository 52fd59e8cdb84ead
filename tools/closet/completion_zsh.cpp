#include <fmt/ranges.h>

#include "command_tree.h"

namespace closet {
namespace {

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
