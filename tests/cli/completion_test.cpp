#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "cli/cli_support.h"
#include "support/temporary_folder.h"

using namespace closet::test;

namespace {

using Strings = std::vector<std::string>;

std::string printed(const Strings& arguments) {
    const Finished result = run_closet(arguments);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return result.out;
}

/// The long names in the left column of `closet COMMAND --help`.
std::set<std::string> options_in_help(const std::string& command) {
    std::set<std::string> names;
    std::istringstream lines(printed({command, "--help"}));
    static const std::regex name("--[a-z][a-z-]*");
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("  -")) {
            const std::string column = line.substr(0, line.find("  ", 3));
            for (std::sregex_iterator found(column.begin(), column.end(), name), end; found != end;
                 ++found) {
                names.insert(found->str());
            }
        }
    }
    return names;
}

/// From `begin`, which must be there, to the next `end` or the end of the text.
std::string part(const std::string& text, const std::string& begin, const std::string& end) {
    const auto from = text.find(begin);
    INFO("'" << begin << "'");
    REQUIRE(from != std::string::npos);
    return text.substr(from, text.find(end, from + begin.size()) - from);
}

std::string lines_with(const std::string& text, const std::string& words) {
    std::istringstream lines(text);
    std::string found;
    for (std::string line; std::getline(lines, line);) {
        found += line.find(words) != std::string::npos ? line + "\n" : "";
    }
    return found;
}

/// What bash offers for the last of the words, sorted. The words are as bash splits them: an equals
/// sign is a word of its own.
class Bash {
  public:
    Bash() { write_text(script_, printed({"completion", "bash"})); }

    Strings complete(Strings words) const {
        words.insert(words.begin(),
                     {"bash", "--norc", "-c",
                      ". \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); "
                      "_closet; printf '%s\\n' \"${COMPREPLY[@]}\"",
                      "bash", script_, "closet"});
        const Finished result = run(words);
        CHECK(result.exit_code == 0);
        CHECK(result.err == "");
        Strings offers;
        std::istringstream lines(result.out);
        for (std::string line; std::getline(lines, line);) {
            if (!line.empty()) {
                offers.push_back(line);
            }
        }
        std::sort(offers.begin(), offers.end());
        return offers;
    }

    const std::string& script() const { return script_; }

  private:
    TemporaryFolder folder_;
    std::string script_ = folder_ / "closet.bash";
};

}  // namespace

TEST_CASE("completion: each option of the help is in every shell's script and in the man page") {
    const std::string bash = printed({"completion", "bash"});
    const std::string zsh = printed({"completion", "zsh"});
    const std::string fish = printed({"completion", "fish"});
    const std::string man = printed({"man"});
    for (const std::string command : {"fit", "live", "bench"}) {
        CAPTURE(command);
        const std::set<std::string> names = options_in_help(command);
        CHECK(names.size() > 40);
        const std::string in_bash = part(bash, "'closet " + command + "') commands=", "\n");
        const std::string in_zsh = part(zsh, "'closet " + command + "')\n        _arguments", ";;");
        const std::string in_fish = lines_with(fish, "'__closet_at closet " + command + "'");
        std::string title = command;
        std::transform(title.begin(), title.end(), title.begin(), ::toupper);
        std::string in_man = part(man, ".SH \"CLOSET " + title + "\"", ".SH");
        in_man.erase(std::remove(in_man.begin(), in_man.end(), '\\'), in_man.end());
        for (const std::string& name : names) {
            CAPTURE(name);
            CHECK(std::regex_search(in_bash, std::regex("[ ']" + name + "[ ']")));
            CHECK(std::regex_search(in_zsh, std::regex(name + "=?\\[")));
            CHECK(std::regex_search(in_fish, std::regex(" -l " + name.substr(2) + " ")));
            CHECK(std::regex_search(in_man, std::regex("fB" + name + "fR")));
        }
    }
}

TEST_CASE("completion: bash accepts its script and so do the other shells that are here") {
    const TemporaryFolder folder;
    for (const std::string shell : {"bash", "zsh", "fish"}) {
        CAPTURE(shell);
        write_text(folder / shell, printed({"completion", shell}));
        if (shell == "bash" || run({"sh", "-c", "command -v " + shell}).exit_code == 0) {
            const Finished result = run({shell, "-n", folder / shell});
            CHECK(result.exit_code == 0);
            CHECK(result.err == "");
        }
    }
    const Finished unknown = run_closet({"completion", "tcsh"});
    CHECK(unknown.exit_code == 2);
}

TEST_CASE("completion: bash offers commands, options, values and files where they belong") {
    const Bash bash;
    CHECK(bash.complete({"fi"}) == Strings{"fit"});
    CHECK(bash.complete({"models", "fe"}) == Strings{"fetch"});
    CHECK(bash.complete({"garment", "f"}) == Strings{"find"});
    CHECK(bash.complete({"fit", "--clip-model", "cl"}) == Strings{"clip"});
    CHECK(bash.complete({"bench", "wor"}).empty());  // hidden from people
    CHECK(bash.complete({"fit", "--war"}) == Strings{"--warp"});
    CHECK(bash.complete({"fit", "--mirr"}).empty());  // of live
    CHECK(bash.complete({"live", "--no-mirr"}) == Strings{"--no-mirror"});

    CHECK(bash.complete({"fit", "--warp", ""}) ==
          Strings{"affine", "cp-vton", "gmm", "mesh", "viton-hd"});
    CHECK(bash.complete({"fit", "--warp", "=", "m"}) == Strings{"mesh"});
    CHECK(bash.complete({"fit", "--warp", "="}) ==
          Strings{"affine", "cp-vton", "gmm", "mesh", "viton-hd"});
    CHECK(bash.complete({"bench", "-o", "js"}) == Strings{"json", "jsonl"});
    CHECK(bash.complete({"models", "fetch", "rtmdet-n"}) == Strings{"rtmdet-nano"});
    CHECK(bash.complete({"completion", "z"}) == Strings{"zsh"});

    // A value is no command, however it reads.
    CHECK(bash.complete({"bench", "--out", "ab", "--labe"}) == Strings{"--labels"});
    CHECK(bash.complete({"bench", "ab", "--bas"}) == Strings{"--base"});

    const TemporaryFolder files;
    write_text(files / "my shirt.png", "");
    write_text(files / "my shorts.png", "");
    const Strings both{files / "my shirt.png", files / "my shorts.png"};
    CHECK(bash.complete({"fit", "-g", files / "my"}) == both);
    CHECK(bash.complete({"fit", files / "my"}) == both);
    CHECK(bash.complete({"fit", "clip.mp4", "--garment", "=", files / "my sho"}) ==
          Strings{files / "my shorts.png"});
    CHECK(bash.complete({"fit", "--crf", files / "my"}).empty());
    CHECK(bash.complete({"fit", "--model", files / "my shi"}) == Strings{files / "my shirt.png"});
}
