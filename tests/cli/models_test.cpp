#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/environment.h"
#include "support/http_server.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

// The SHA-256 of "abc" and of "needy".
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kNeedy = "2a0d73f9ab3f941c7219483926f0818e8bdad9c3df3b4712aa70039d70be126b";

/// An empty models folder, and a web server with two more models than the program knows: tiny, and
/// needy, which needs tiny.
struct Models {
    explicit Models(HttpServer::Answer answer) : server(std::move(answer)) {
        write_text(source / "more.toml",
                   fmt::format("[[model]]\nname = 'tiny'\nfile = 'tiny.tflite'\nurl = '{}'\n"
                               "size = 3\nsha256 = '{}'\nlicense = 'MIT'\npurpose = 'tests'\n"
                               "[[model]]\nname = 'needy'\nfile = 'needy.pth'\nurl = '{}'\n"
                               "sha256 = '{}'\nneeds = ['tiny']\n",
                               server.url("/tiny"), kAbc, server.url("/needy"), kNeedy));
    }

    Finished run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "models");
        return run_closet(arguments);
    }
    std::string path(const std::string& file) const { return folder / file; }

    TemporaryFolder folder, source;
    HttpServer server;
    Variable models{"CLOSET_MODELS", folder.path().string()};
    Variable manifest{"CLOSET_MANIFEST", source / "more.toml"};
    Variable proxy{"no_proxy", "*"};
    Variable mirror{"CLOSET_MODELS_MIRROR", std::nullopt};
    Variable offline{"CLOSET_OFFLINE", std::nullopt};
};

void serve(const HttpRequest& request, HttpConnection& connection) {
    connection.serve(request.path == "/needy" ? "needy" : "abc", request);
}

bool has(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

/// The line of a model in the table that `list` and `verify` print.
std::string line_of(const std::string& table, const std::string& name) {
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        if (has(line + " ", " " + name + " ")) {
            return line;
        }
    }
    return "";
}

}  // namespace

TEST_CASE("models: what is missing is fetched with what it needs") {
    const Models models(serve);
    Finished result = models.run({"fetch", "needy"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(result.out.empty());
    CHECK(result.err == "tiny: fetched to " + models.path("tiny.tflite") + "\nneedy: fetched to " +
                            models.path("needy.pth") + "\n");
    CHECK(read_text(models.path("needy.pth")) == "needy");
    result = models.run({"fetch", "needy", "--offline", "--quiet"});
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    CHECK(models.server.requests().size() == 2);
    result = models.run({"path", "tiny"});
    CHECK(result.exit_code == 0);
    CHECK(result.out == models.path("tiny.tflite") + "\n");
    result = models.run({"fetch", "tiny", "--json"});
    CHECK(nlohmann::json::parse(result.err).at("event") == "present");
}

TEST_CASE("models: what has no published hash is told in one message, the rest is fetched") {
    const Models models(serve);
    // In place of the built-in parsers, which lie elsewhere.
    std::ofstream(models.source / "more.toml", std::ios::app) << fmt::format(
        "groups = ['warp']\n"
        "[[model]]\nname = 'part'\nfile = 'part.pth'\npage = 'https://there'\n"
        "page_file = 'part_final.pth'\ngroups = ['warp']\n"
        "[[model]]\nname = 'other'\nfile = 'other.pth'\npage = 'https://there'\n"
        "page_file = 'other_final.pth'\ngroups = ['warp']\n");
    const Finished result = models.run({"fetch", "warp"});
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(read_text(models.path("needy.pth")) == "needy");
    CHECK(has(result.err,
              "get part_final.pth, other_final.pth from https://there and run `closet "
              "models import part_final.pth --name part`, `closet models import "
              "other_final.pth --name other`"));
    CHECK(has(models.run({"list", "warp", "--verbose"}).out, "by hand from https://there"));
    CHECK(has(models.run({"fetch", "viton-hd", "--offline"}).err,
              "closet models import alias_final.pth --name viton-hd-alias"));
}

TEST_CASE("models: list and verify tell what is there") {
    const Models models(serve);
    models.run({"fetch", "tiny"});
    Finished result = models.run({"list"});
    CHECK(result.exit_code == 0);
    CHECK(has(result.out, "Models in " + models.folder.path().string()));
    CHECK_FALSE(has(result.out, "  tiny"));  // a part, and whole
    CHECK(has(line_of(models.run({"list", "--verbose"}).out, "tiny"), "installed"));
    CHECK(has(line_of(result.out, "needy"), "absent:"));
    CHECK(has(line_of(models.run({"list", "people"}).out, "rtmdet-m"), "99.1 MB"));
    CHECK(has(line_of(models.run({"list", "openpose"}).out, "openpose"), "no commerce"));
    CHECK(models.run({"list", "people"}).out.find("hrnet") == std::string::npos);
    CHECK(has(models.run({"list", "nothing"}).err, "there is no model 'nothing'"));
    // Built-in models alone fit a screen; those of this test come on top.
    std::istringstream lines(result.out.substr(result.out.find('\n') + 1));
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        CHECK(fits_a_screen(line));
    }
    CHECK_FALSE(has(result.out, "squeezenet1_1"));  // a part: fetched along
    CHECK(has(models.run({"list", "--verbose"}).out, models.path("tiny.tflite")));
    const auto list = nlohmann::json::parse(models.run({"list", "--json"}).out);
    const auto named = [&](const std::string& name) {
        for (const auto& entry : list) {
            if (entry.at("name") == name) {
                return entry;
            }
        }
        FAIL("no model " << name);
        return nlohmann::json();
    };
    CHECK(named("tiny").at("state") == "installed");
    CHECK(named("tiny").at("sha256") == kAbc);
    CHECK(named("needy").at("needs")[0] == "tiny");
    CHECK(named("rtmpose-s").at("sha256_prefix") == "acd4a1ef");

    CHECK(models.run({"verify"}).exit_code == 0);
    CHECK(has(line_of(models.run({"verify", "tiny"}).out, "tiny"), "ok "));
    result = models.run({"verify", "tiny", "needy"});
    CHECK(result.exit_code == 1);
    CHECK(has(line_of(result.out, "needy"), "absent "));
    write_text(models.path("tiny.tflite"), "abd");
    result = models.run({"verify"});
    CHECK(result.exit_code == 1);
    CHECK(has(line_of(result.out, "tiny"), "damaged "));
    CHECK(has(line_of(result.out, "tiny"), "has the sha256 a52d159f"));
    result = models.run({"verify", "tiny", "--json"});
    CHECK(result.exit_code == 1);
    CHECK(nlohmann::json::parse(result.out)[0].at("state") == "damaged");
    result = models.run({"path", "tiny"});
    CHECK(result.exit_code == 1);
    CHECK(has(result.err, "closet models fetch tiny"));
}

TEST_CASE("models: a file that is no model is not imported") {
    const Models models(serve);
    const std::string poem = models.source / "poem.pth";
    write_text(poem, "a poem");
    Finished result = models.run({"import", poem});
    CHECK(result.exit_code == 1);
    CHECK(has(result.err, "give --name NAME"));
    result = models.run({"import", poem, "--name", "tiny"});
    CHECK(result.exit_code == 1);
    CHECK(has(result.err, "is not the model tiny"));
    result = models.run({"import", poem, "--name", "ours"});
    CHECK(result.exit_code == 1);
    CHECK(has(result.err, "poem.pth"));
    CHECK(models.run({"import", poem, "--name", "../ours"}).exit_code == 2);
    CHECK(fs::is_empty(models.folder.path()));
}

TEST_CASE("models: a file of one's own is imported and replaced and restored and removed") {
    // Real networks of two sizes, known to the program, here under another name.
    Finished one = run_closet({"models", "path", "pose_detection"});
    Finished two = run_closet({"models", "path", "pose_landmark_full"});
    if (one.exit_code != 0 || two.exit_code != 0) {
        std::cout << "SKIPPED: the default models are absent (run scripts/setup)\n";
        return;
    }
    one.out.pop_back();  // the newline
    two.out.pop_back();
    const Models models(serve);
    CHECK(models.run({"import", one.out}).exit_code == 0);
    CHECK(fs::exists(models.path("pose_detection.tflite")));
    CHECK(models.run({"remove", "pose_detection"}).exit_code == 0);

    CHECK(models.run({"import", one.out, "--name", "ours"}).exit_code == 0);
    CHECK(models.run({"import", two.out, "--name", "ours"}).exit_code == 0);
    CHECK(has(line_of(models.run({"list"}).out, "ours"), "imported"));
    CHECK(fs::file_size(models.path("ours.tflite")) == fs::file_size(two.out));
    const Finished result = models.run({"restore", "ours"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(fs::file_size(models.path("ours.tflite")) == fs::file_size(one.out));
    CHECK(models.run({"path", "ours"}).exit_code == 0);
    CHECK(models.run({"remove", "ours"}).exit_code == 0);
    CHECK(fs::is_empty(models.folder.path()));
}

TEST_CASE("models: a model that another needs stays unless it is forced away") {
    const Models models(serve);
    models.run({"fetch", "needy"});
    const Finished result = models.run({"remove", "tiny"});
    CHECK(result.exit_code == 1);
    CHECK(has(result.err, "tiny stays: needy cannot do without it"));
    CHECK(models.run({"remove", "tiny", "--force"}).exit_code == 0);
    CHECK_FALSE(fs::exists(models.path("tiny.tflite")));
    CHECK(models.run({"restore", "tiny"}).exit_code == 1);

    write_text(models.path("tiny.tflite.previous"), "older");
    CHECK(models.run({"restore", "tiny"}).exit_code == 0);
    CHECK(has(line_of(models.run({"list"}).out, "tiny"), "other version"));
}

TEST_CASE("models: what cannot be fetched is one sentence each") {
    const Models models([](const HttpRequest&, HttpConnection& connection) {
        connection.answer("404 Not Found", "");
    });
    Finished result = models.run({"fetch", "needy"});
    CHECK(result.exit_code == 1);
    CHECK(result.out.empty());
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 2);
    CHECK(has(result.err, "error: cannot fetch the model tiny"));
    CHECK(has(result.err, "HTTP status 404"));
    CHECK(has(result.err, "get " + models.server.url("/tiny") + " (sha256 " + kAbc +
                              ") by hand and put it at " + models.path("tiny.tflite")));
    const std::size_t before = models.server.requests().size();
    result = models.run({"fetch", "tiny", "--offline"});
    CHECK(result.exit_code == 1);
    CHECK(has(result.err, "--offline"));
    CHECK(models.server.requests().size() == before);
    CHECK(fs::is_empty(models.folder.path()));
}

TEST_CASE("models: calibrate measures a network in clips, which int8 then takes") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    fs::create_directory(folder / "models");
    for (const std::string name : {"pose_detection", "pose_landmark_lite"}) {
        const Finished path = run_closet({"models", "path", name});
        if (!clip || path.exit_code != 0) {
            std::cout << "SKIPPED: the demo's clip or the model " << name << " is absent\n";
            return;
        }
        fs::create_symlink(path.out.substr(0, path.out.find('\n')),
                           fs::path(folder / "models") / (name + ".tflite"));
    }
    const Variable models("CLOSET_MODELS", folder / "models");
    const std::string table = folder / "models/int8-ranges.txt";
    CHECK(run_closet({"models", "calibrate", "blazepose-lite"}).exit_code == 2);  // no clip
    CHECK(run_closet({"models", "calibrate", "nonesuch", *clip}).exit_code == 2);
    const Finished nobody =
        run_closet({"models", "calibrate", "blazepose-lite", make_bars(folder, "bars.mp4", 3)});
    CHECK(nobody.exit_code == 1);
    CHECK(has(nobody.err, "nobody was seen in these clips"));
    CHECK_FALSE(fs::exists(table));

    const Finished done = run_closet({"models", "calibrate", "blazepose-lite", *clip});
    INFO(done.err);
    CHECK(done.exit_code == 0);
    CHECK(has(done.err, "pose_landmark_lite.tflite: measured in "));
    CHECK(has(done.err, "pose_detection.tflite: measured in "));
    const std::string first = read_text(table);
    CHECK(first.size() > 1000);
    CHECK(run_closet({"models", "calibrate", "blazepose-lite", *clip}).exit_code == 0);
    CHECK(read_text(table) == first);  // the same of each key, in the same order

    const std::vector<std::string> fit{"fit",
                                       *clip,
                                       "-g",
                                       make_garment(folder, 255),
                                       "-y",
                                       "--model",
                                       "blazepose-lite",
                                       "--device",
                                       "cpu",
                                       "--precision",
                                       "int8",
                                       "-o",
                                       folder / "o.mp4"};
    const Finished dressed = run_closet(fit);
    INFO(dressed.err);
    CHECK(dressed.exit_code == 0);
    write_text(table, "rubbish\n");
    const Finished refused = run_closet(fit);
    CHECK(refused.exit_code == 1);
    CHECK(has(refused.err, "int8-ranges.txt is no table of ranges: line 1 has no key"));
}

TEST_CASE("models: wrong usage exits with 2") {
    const Models models(serve);
    CHECK(models.run({}).exit_code == 2);
    CHECK(models.run({"frobnicate"}).exit_code == 2);
    CHECK(models.run({"fetch"}).exit_code == 2);
    CHECK(models.run({"path"}).exit_code == 2);
    CHECK(models.run({"import"}).exit_code == 2);
    for (const char* command : {"fetch", "verify", "path", "restore", "remove"}) {
        const Finished result = models.run({command, "nonesuch"});
        CAPTURE(command);
        CHECK(result.exit_code == 2);
        CHECK(has(result.err, "there is no model 'nonesuch'; known are pose_detection"));
    }
    const Variable mirror("CLOSET_MODELS_MIRROR", "ftp://here");
    CHECK(models.run({"fetch", "tiny"}).exit_code == 2);
    CHECK(models.server.requests().empty());
}

TEST_CASE("models: Ctrl-C leaves a part that the next fetch goes on from") {
    // Not by counting requests: Ctrl-C may come before the first one was made.
    std::atomic<bool> stalls{true};
    const Models models([&](const HttpRequest& request, HttpConnection& connection) {
        if (stalls) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
            connection.wait_for_end();
        } else {
            connection.serve("abc", request);
        }
    });
    const Finished result = run_and_signal({closet_binary(), "models", "fetch", "tiny"},
                                           models.path("tiny.tflite.part"), SIGINT, 1);
    INFO(result.err);
    CHECK(result.exit_code == 130);
    CHECK(has(result.err, "closet models fetch tiny"));
    CHECK_FALSE(fs::exists(models.path("tiny.tflite")));
    stalls = false;
    CHECK(models.run({"fetch", "tiny"}).exit_code == 0);
    CHECK(read_text(models.path("tiny.tflite")) == "abc");
}
