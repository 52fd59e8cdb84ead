// Names of files and tags are bytes. What this program writes about them is JSON all the same.

#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/environment.h"
#include "support/paths.h"

using namespace closet::test;
namespace fs = std::filesystem;

namespace {

/// Latin-1, cut short, a continuation alone, overlong, a surrogate, never a part of UTF-8; and some
/// that JSON has to escape.
const std::vector<std::string> kOddNames{"latin_caf\xe9",      "cut_\xe2\x82",      "\x80tail",
                                         "over_\xc0\xaf",      "half_\xed\xa0\x80", "\xff\xfe",
                                         "quote\"back\\slash", "line\nbreak\ttab"};

bool is_json(const std::string& text) {
    return nlohmann::json::accept(text);
}

/// Every line that is meant to be JSON is.
void check_lines(const std::string& text) {
    std::istringstream lines(text);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        CAPTURE(line);
        CHECK(is_json(line));
    }
    CHECK(count > 0);
}

void check_done(const Finished& result) {
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(result.err.find("type_error") == std::string::npos);
    CHECK(result.err.find("UTF-8") == std::string::npos);
}

}  // namespace

TEST_CASE("names: fit renders files of any name and what it says of them is JSON") {
    const TemporaryFolder folder;
    const std::string bars = make_bars(folder, "bars.mp4", 4), shirt = make_garment(folder, 255);
    fs::create_directory(folder / "in");
    for (const std::string& name : kOddNames) {
        CAPTURE(name);
        fs::copy_file(bars, folder / ("in/" + name + ".mp4"));
        fs::copy_file(shirt, folder / (name + ".png"));
        const Finished result = run_closet(
            {"fit", folder / ("in/" + name + ".mp4"), "-g", folder / (name + ".png"), "-o",
             folder / (name + ".mkv"), "--matte", folder / (name + "_m.mkv"), "--save-poses",
             folder / (name + ".jsonl"), "--summary", folder / (name + "_s.json"), "--json"});
        check_done(result);
        check_lines(result.err);
        check_lines(read_text(folder / (name + ".jsonl")));
        CHECK(is_json(read_text(folder / (name + "_s.json"))));
        CHECK(frame_hashes(folder / (name + ".mkv")).size() > 10);
    }
    const Finished all =
        run_closet({"fit", folder / "in", "-g", shirt, "-o", folder / "out", "--summary",
                    folder / "all.json", "--json", "--matte", folder / "mattes/"});
    check_done(all);
    check_lines(all.err);
    const auto summaries = nlohmann::json::parse(read_text(folder / "all.json"));
    CHECK(summaries.size() == kOddNames.size());
    // A failure that names the file is an event, too.
    const Finished gone = run_closet(
        {"fit", folder / "gone_\xe9.mp4", "-g", shirt, "-o", folder / "x.mp4", "--json"});
    CHECK(gone.exit_code == 1);
    check_lines(gone.err);
}

TEST_CASE("names: titles that are no UTF-8 pass and do not disturb") {
    const TemporaryFolder folder;
    const std::string bars = make_bars(folder, "bars.mp4", 4);
    for (const std::string ending : {".mkv", ".mp4"}) {
        const std::string titled = folder / ("titled" + ending);
        ffmpeg({"-i", bars, "-c", "copy", "-metadata", "title=caf\xe9", "-metadata:s:v:0",
                "title=\xff\xfe", "-metadata:s:a:0", "handler_name=\xe9t\xe9", titled});
        const Finished result =
            run_closet({"fit", titled, "-g", make_garment(folder, 255), "-o",
                        folder / ("out" + ending), "--summary", folder / "s.json", "-y", "--json"});
        check_done(result);
        check_lines(result.err);
        CHECK(is_json(read_text(folder / "s.json")));
    }
}

TEST_CASE("names: live and bench and garment prepare say JSON of files of any name") {
    const TemporaryFolder folder;
    const std::string clip = folder / "clip_\xe9.mp4", shirt = folder / "shirt_\xe9.png";
    fs::copy_file(make_bars(folder, "bars.mp4", 20), clip);
    fs::copy_file(make_garment(folder, 255), shirt);

    const Finished live =
        run_closet({"live", clip, "--loop", "--duration", "3", "-g", shirt, "--no-window", "-o",
                    folder / "live_\xe9.mkv", "--stats", folder / "st_\xe9.jsonl", "--summary",
                    folder / "s_\xe9.json", "--json"});
    check_done(live);
    check_lines(live.err);
    check_lines(read_text(folder / "st_\xe9.jsonl"));
    CHECK(is_json(read_text(folder / "s_\xe9.json")));

    // Two processes: the workers are told the very name.
    const Finished bench = run_closet({"bench",
                                       clip,
                                       "-g",
                                       shirt,
                                       "--min-repeats",
                                       "1",
                                       "--max-repeats",
                                       "1",
                                       "--min-time",
                                       "0",
                                       "--processes",
                                       "2",
                                       "-o",
                                       "json",
                                       "--out",
                                       folder / "r_\xe9.json",
                                       "--out",
                                       folder / "r_\xe9.jsonl",
                                       "--report",
                                       folder / "r_\xe9.html",
                                       "--json"});
    check_done(bench);
    check_lines(bench.err);
    CHECK(is_json(bench.out));
    CHECK(is_json(read_text(folder / "r_\xe9.json")));
    check_lines(read_text(folder / "r_\xe9.jsonl"));
    CHECK(is_json(nlohmann::json(read_text(folder / "r_\xe9.html")).dump()));  // throws otherwise
    CHECK(nlohmann::json::parse(bench.out).at("cases").at(0).value("failure", "") == "");

    const Finished prepared =
        run_closet({"garment", "prepare", shirt, "-o", folder / "cut_\xe9.png", "--json"});
    check_done(prepared);
    CHECK(is_json(prepared.out));
    CHECK(is_json(read_text(folder / "cut_\xe9.json")));
}

TEST_CASE("names: a folder of models may have any name") {
    const TemporaryFolder folder;
    fs::create_directory(folder / "models_\xe9");
    const Variable models("CLOSET_MODELS", folder / "models_\xe9");
    const Finished list = run_closet({"models", "list", "--json"});
    check_done(list);
    CHECK(is_json(list.out));
    const Finished fetch = run_closet({"models", "fetch", "rtmpose-s", "--offline", "--json"});
    CHECK(fetch.exit_code == 1);
    check_lines(fetch.err);
    CHECK(run_closet({"doctor"}).err.find("type_error") == std::string::npos);
}

TEST_CASE("names: JSON text is made in one place") {
    for (const char* part : {"lib", "tools"}) {
        for (const auto& entry : fs::recursive_directory_iterator(source_folder() / part)) {
            const std::string name = entry.path().string();
            if ((name.ends_with(".cpp") || name.ends_with(".h")) &&
                !name.ends_with("core/json_string.h") &&
                !name.ends_with(
                    "tools/closet/config_file.cpp")) {  // TOML: it looks for what throws
                CAPTURE(name);
                CHECK(read_text(name).find(".dump(") == std::string::npos);
            }
        }
    }
}
