#include <fmt/ranges.h>

#include "command_tree.h"

namespace closet {
namespace {

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

}  // namespace

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

}  // namespace closet
