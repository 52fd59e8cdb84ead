#include <filesystem>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/shared_data.h"

using namespace closet::test;

namespace {

/// A clip of the same man twice, side by side, the right one mirrored, with a small bystander each;
/// nothing without the demo.
std::optional<std::string> make_pair_clip(const TemporaryFolder& folder) {
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return std::nullopt;
    }
    const std::string path = folder / "pair.mp4";
    ffmpeg({"-i", *clip, "-filter_complex", "split[a][b];[b]hflip[c];[a][c]hstack", "-crf", "18",
            path});
    return path;
}

/// The ids in each frame of a pose file.
std::vector<std::set<int>> ids_in(const std::string& path) {
    std::istringstream lines(read_text(path));
    std::vector<std::set<int>> ids;
    std::string line;
    std::getline(lines, line);  // the header
    while (std::getline(lines, line)) {
        ids.emplace_back();
        const auto frame = nlohmann::json::parse(line);
        for (const auto& person : frame["persons"]) {
            ids.back().insert(person["id"].get<int>());
        }
    }
    return ids;
}

}  // namespace

TEST_CASE("people: with a detector everybody is found or the one who is asked for") {
    const TemporaryFolder folder;
    const auto clip = make_pair_clip(folder);
    const auto detector = shared_file("fixtures/rtm/rtmdet_nano_person.safetensors");
    if (!clip || !detector) {
        return;
    }
    const auto ids = [&](const std::string& person) {
        const std::string poses = folder / "poses.jsonl";
        const Finished result = run_closet({"fit", *clip, "--encoder", "none", "--save-poses",
                                            poses, "--detector", detector->string(), "--max-people",
                                            "2", "--scale", "1", "--person", person});
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        return ids_in(poses);
    };
    const auto everybody = ids("all");
    REQUIRE_FALSE(everybody.empty());
    for (const auto& frame : everybody) {
        CHECK(frame == std::set<int>{0, 1});
    }
    for (const auto& frame : ids("id:1")) {
        CHECK(frame == std::set<int>{1});
    }
    for (const auto& frame : ids("largest")) {
        CHECK(frame.size() == 1);
    }
    // A point on the left man and one on the right man.
    const auto left = ids("180,320").front(), right = ids("540,320").front();
    CHECK(left.size() == 1);
    CHECK(right.size() == 1);
    CHECK(left != right);
}

TEST_CASE("people: of those in a pose file the one is dressed who is asked for") {
    const TemporaryFolder folder;
    const auto clip = make_pair_clip(folder);
    const auto detector = shared_file("fixtures/rtm/rtmdet_nano_person.safetensors");
    if (!clip || !detector) {
        return;
    }
    const std::string poses = folder / "poses.jsonl", again = folder / "again.jsonl";
    const auto fit = [&](const std::string& file, std::vector<std::string> more) {
        std::vector<std::string> arguments{"fit", *clip, "--encoder", "none", "--save-poses", file};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished result = run_closet(arguments);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        return read_text(file);
    };
    const std::string everybody = fit(poses, {"--detector", detector->string(), "--max-people", "2",
                                              "--scale", "1", "--person", "all"});
    CHECK(fit(again, {"--poses", poses}) == everybody);
    CHECK(fit(again, {"--poses", poses, "--person", "all"}) == everybody);
    for (const std::string rule : {"180,320", "540,320", "id:1", "largest"}) {
        CAPTURE(rule);
        const std::string inferred =
            fit(folder / "one.jsonl", {"--detector", detector->string(), "--max-people", "2",
                                       "--scale", "1", "--person", rule});
        fit(again, {"--poses", poses, "--person", rule});
        CHECK(ids_in(again) == ids_in(folder / "one.jsonl"));
    }
}

TEST_CASE("people: the settings for several people are read and printed") {
    const auto dry_run = [](std::vector<std::string> more) {
        std::vector<std::string> arguments{"fit", "clip.mp4", "-g",       "g.png",
                                           "-o",  "o.mp4",    "--dry-run"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished result = run_closet(arguments);
        INFO(result.err);
        CHECK(result.exit_code == 0);
        return result.out;
    };
    CHECK(dry_run({}).find("max-people") == std::string::npos);
    CHECK(dry_run({"--max-people", "3"}).find("max-people = 3") != std::string::npos);
    CHECK(dry_run({}).find("detect-every = 0.5") != std::string::npos);
    CHECK(dry_run({"--person", "id:2"}).find("person = \"id:2\"") != std::string::npos);
}
