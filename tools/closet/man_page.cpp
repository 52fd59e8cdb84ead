#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "closet/command_tree.h"

namespace closet {
namespace {

/// Text that roff prints as it is. A line must not begin with a control character.
std::string roff(const std::string& text) {
    std::string result;
    bool at_line_start = true;
    for (const char c : text) {
        if (at_line_start && (c == '.' || c == '\'')) {
            result += "\\&";
        }
        at_line_start = c == '\n';
        switch (c) {
            case '\\':
                result += "\\e";
                break;
            case '-':
                result += "\\-";
                break;
            case '\'':
                result += "\\(aq";
                break;
            case '`':
                result += "\\(ga";
                break;
            case '^':
                result += "\\(ha";
                break;
            case '~':
                result += "\\(ti";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string argument_text(const OptionFacts& argument) {
    std::string text = fmt::format("\\fI{}\\fR", roff(argument.value));
    text += argument.may_repeat ? " ..." : "";
    return argument.is_required ? text : "[" + text + "]";
}

/// "-g, --garment FILE" as the tag, then what it does.
std::string option_text(const OptionFacts& option) {
    std::string tag;
    for (const std::string& name : option.names) {
        tag += fmt::format("{}\\fB{}\\fR", tag.empty() ? "" : ", ", roff(name));
    }
    if (!option.value.empty()) {
        tag += fmt::format(" \\fI{}\\fR", roff(option.value));
    }
    std::string text = option.description;
    const auto add = [&](const std::string& more) { text += more.empty() ? "" : "; " + more; };
    add(option.range);
    if (!option.standard.empty()) {
        add("default: " + option.standard);
    }
    if (!option.environment.empty()) {
        add("environment: " + option.environment);
    }
    return fmt::format(".TP\n{}\n{}\n", tag, roff(text));
}

std::string command_section(const CommandFacts& command) {
    std::string text =
        fmt::format(".SH \"{}\"\n{}\n", roff(upper(command.path)), roff(command.description));
    std::vector<std::string> groups;
    for (const OptionFacts& option : command.options) {
        if (!option.names.empty() &&
            std::find(groups.begin(), groups.end(), option.group) == groups.end()) {
            groups.push_back(option.group);
        }
    }
    for (const OptionFacts* argument : arguments_of(command)) {
        text += fmt::format(".TP\n{}\n{}\n", argument_text(*argument), roff(argument->description));
    }
    for (const std::string& group : groups) {
        text += fmt::format(".SS \"{}\"\n", roff(group));
        for (const OptionFacts& option : command.options) {
            text += option.names.empty() || option.group != group ? "" : option_text(option);
        }
    }
    if (!command.footer.empty()) {
        text += fmt::format(".SS \"Notes\"\n.nf\n{}\n.fi\n", roff(command.footer));
    }
    return text;
}

}  // namespace

std::string man_page(const CommandFacts& program, const std::string& version) {
    std::string synopsis;
    for (const CommandFacts* command : all_commands(program)) {
        std::string arguments;
        for (const OptionFacts* argument : arguments_of(*command)) {
            arguments += " " + argument_text(*argument);
        }
        if (command->commands.empty() || !arguments.empty()) {
            synopsis +=
                fmt::format("{}\\fB{}\\fR [\\fIOPTION\\fR ...]{}\n",
                            synopsis.empty() ? "" : ".br\n", roff(command->path), arguments);
        }
    }
    std::string summary = program.description;
    summary.erase(summary.find_last_not_of('.') + 1);
    std::string text = fmt::format(
        ".\\\" Written by `closet man`.\n.TH CLOSET 1 \"\" \"{}\" \"User Commands\"\n"
        ".SH NAME\ncloset \\- {}\n.SH SYNOPSIS\n{}.SH DESCRIPTION\n{}\n",
        roff(version), roff(summary), synopsis, roff(program.description));
    for (const CommandFacts* command : all_commands(program)) {
        text += command_section(*command);
    }
    return text + ".SH SEE ALSO\n.BR ffmpeg (1)\n";
}

}  // namespace closet
