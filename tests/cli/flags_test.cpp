// What messages call a flag is one.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/cli_support.h"
#include "support/paths.h"

using namespace closet::test;

namespace {

using Names = std::set<std::string>;

Names flags_in(const std::string& text) {
    static const std::regex flag("--[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*");
    Names names;
    for (std::sregex_iterator it(text.begin(), text.end(), flag), end; it != end; ++it) {
        names.insert(it->str());
    }
    return names;
}

/// Of a command and all below it: the flags of its help.
void add_flags(std::vector<std::string> command, Names& names) {
    std::vector<std::string> arguments = command;
    arguments.emplace_back("--help");
    const std::string help = run_closet(arguments).out;
    names.merge(flags_in(help));
    const std::size_t list = help.find("Subcommands:");
    if (list == std::string::npos) {
        return;
    }
    std::istringstream lines(help.substr(list));
    std::string line;
    std::getline(lines, line);  // the heading
    static const std::regex entry("^  ([a-z][a-z-]*)( .*)?$");
    for (std::smatch found; std::getline(lines, line) && !line.empty();) {
        if (std::regex_match(line, found, entry)) {
            command.push_back(found[1]);
            add_flags(command, names);
            command.pop_back();
        }
    }
}

/// The contents of the string literals of a source file.
std::string literals_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::string literals;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 2, "//") == 0) {
            i = std::min(text.find('\n', i), text.size());
        } else if (text[i] == '\'' && i + 2 < text.size() &&
                   (text[i + 2] == '\'' || text[i + 1] == '\\')) {
            i = std::min(text.find('\'', i + (text[i + 1] == '\\' ? 3 : 2)), text.size());
        } else if (text[i] == '"') {
            for (++i; i < text.size() && text[i] != '"'; ++i) {
                const bool is_escape = text[i] == '\\';
                i += is_escape ? 1 : 0;
                literals += is_escape && text[i] == 'n' ? '\n' : text[i];
            }
            // Parts of one literal that stand behind each other stay together.
            const std::size_t next = text.find_first_not_of(" \n", i + 1);
            literals += next != std::string::npos && text[next] == '"' ? "" : "\n";
        }
    }
    return literals;
}

}  // namespace

TEST_CASE("flags: every flag that a message names is one of the program") {
    Names flags;
    add_flags({}, flags);
    REQUIRE(flags.size() > 100);
    CHECK(flags.contains("--warm-ups"));
    for (const char* const folder : {"lib", "tools"}) {
        for (const auto& file :
             std::filesystem::recursive_directory_iterator(source_folder() / folder)) {
            const std::string name = file.path().filename().string();
            // Style sheets and shells have names of that form too.
            if ((!name.ends_with(".cpp") && !name.ends_with(".h")) ||
                name.starts_with("html_style") || name.starts_with("completion")) {
                continue;
            }
            for (const std::string& flag : flags_in(literals_of(file.path()))) {
                CAPTURE(file.path().string());
                CAPTURE(flag);
                CHECK(flags.contains(flag));
            }
        }
    }
}
