#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <random>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "support/demo_clip.h"

using namespace closet::test;

namespace {

namespace fs = std::filesystem;

void check_done(const Finished& result) {
    INFO(result.err);
    CHECK(result.exit_code == 0);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// A good second of the demo's clip, small; nothing where there is none.
std::optional<std::string> make_long_clip(const TemporaryFolder& folder) {
    const auto demo = demo_clip();
    if (!demo) {
        return std::nullopt;
    }
    const std::string path = folder / "long.mp4";
    ffmpeg({"-i", demo->string(), "-map", "0", "-t", "1.4", "-vf", "scale=180:320", "-c:v",
            "libx264", "-preset", "ultrafast", "-crf", "18", "-c:a", "aac", path});
    return path;
}

/// A plan of one clip with a matte and poses, without loss.
class Planned {
  public:
    Planned(const std::string& clip, const std::string& garment, std::string folder,
            const std::string& segments)
        : folder_(std::move(folder)), name_(fs::path(clip).filename().string()) {
        fs::create_directories(folder_ + "/matte");
        check_done(run_closet({"plan", clip, "-g", garment, "-o", folder_, "--matte",
                               folder_ + "/matte/m.mkv", "--save-poses", folder_ + "/poses.jsonl",
                               "--segments", segments, "-e", "qp=0"}));
        works_ = lines_of(read_text(file())).size() - 1;
    }

    std::string file() const { return folder_ + "/plan.jsonl"; }
    std::string output() const { return folder_ + "/" + name_; }
    std::string poses() const { return folder_ + "/poses.jsonl"; }
    std::size_t works() const { return works_; }
    std::string frames() const {
        return frame_hashes(output()) + frame_hashes(folder_ + "/matte/m.mkv");
    }

    Finished run(std::size_t work) const {
        return run_closet({"run-unit", file(), std::to_string(work)});
    }
    Finished join() const { return run_closet({"join", file()}); }
    std::size_t units() const {
        const auto entries = fs::directory_iterator(output() + ".units");
        return static_cast<std::size_t>(
            std::count_if(begin(entries), end(entries),
                          [](const auto& entry) { return entry.path().extension() == ".posed"; }));
    }

  private:
    std::string folder_, name_;
    std::size_t works_ = 0;
};

/// Renders all windows in some order; whether all could be.
bool render_all(const Planned& plan, unsigned seed) {
    std::vector<std::size_t> works;
    for (std::size_t work = 1; work < plan.works(); ++work) {
        works.push_back(work);
    }
    std::shuffle(works.begin(), works.end(), std::mt19937(seed));
    return std::all_of(works.begin(), works.end(),
                       [&](std::size_t work) { return plan.run(work).exit_code == 0; });
}

}  // namespace

TEST_CASE("cluster: frames, mattes and poses are those of fit, however a clip is cut") {
    const TemporaryFolder folder;
    const auto clip = make_long_clip(folder);
    if (!clip) {
        return;
    }
    const std::string garment = make_garment(folder, 255);
    const std::string whole = folder / "whole.mp4", matte = folder / "matte.mkv";
    const std::string poses = folder / "poses.jsonl";
    check_done(run_closet({"fit", *clip, "-g", garment, "-o", whole, "--matte", matte,
                           "--save-poses", poses, "--segments", "0", "-e", "qp=0"}));
    const std::string frames = frame_hashes(whole) + frame_hashes(matte);
    for (const auto& [segments, units] :
         {std::pair("10", 1), std::pair("0.5", 3), std::pair("0.1", 8)}) {
        INFO("units of ", std::string(segments), " s");
        const Planned plan(*clip, garment, folder / fmt::format("cut-{}", segments), segments);
        check_done(plan.run(0));
        CHECK(plan.units() == units);
        // Two processes at a time, which both do everything.
        auto other = std::async(std::launch::async, [&] { return render_all(plan, 1); });
        CHECK(render_all(plan, 2));
        CHECK(other.get());
        check_done(plan.join());
        CHECK(plan.frames() == frames);
        CHECK_FALSE(fs::exists(plan.output() + ".units"));
        const std::string again = folder / fmt::format("again-{}.mp4", segments);
        check_done(run_closet({"fit", *clip, "-g", garment, "-o", again, "--poses", plan.poses(),
                               "--segments", "0", "-e", "qp=0"}));
        CHECK(frame_hashes(again) == frame_hashes(whole));
        // What is done is not done again, also where nothing but the output tells so.
        check_done(plan.run(0));
        check_done(plan.run(1));
        check_done(plan.join());
        CHECK_FALSE(fs::exists(plan.output() + ".units"));
    }
}

TEST_CASE("cluster: works that were killed at any time are done by the next run") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const std::string garment = make_garment(folder, 255);
    const Planned plan(*clip, garment, folder / "plan", "0.1");
    const Planned calm(*clip, garment, folder / "calm", "0.1");
    for (std::size_t work = 0; work < plan.works(); ++work) {
        for (double seconds = 0.2; seconds < 1.5; seconds += 0.3) {
            run({"timeout", "-s", "KILL", fmt::format("{}", seconds), closet_binary(), "run-unit",
                 plan.file(), std::to_string(work)});
        }
        check_done(plan.run(work));
        check_done(calm.run(work));
    }
    check_done(plan.join());
    check_done(calm.join());
    CHECK(plan.frames() == calm.frames());
    CHECK(read_text(plan.poses()) == read_text(calm.poses()));
}

TEST_CASE("cluster: works and joins say what has to be done first") {
    const TemporaryFolder folder;
    const std::string garment = make_garment(folder, 255);
    const std::string a = make_bars(folder, "a.mp4", 50), b = make_bars(folder, "b.mp4", 25);
    check_done(run_closet({"plan", a, b, "-g", garment, "-o", folder / "job", "--segments", "1"}));
    const std::string plan = folder / "job/plan.jsonl";
    const auto works = lines_of(read_text(plan));
    REQUIRE(works.size() == 1 + 3 + 2);
    CHECK(nlohmann::json::parse(works[2])["from_s"] == 0);
    CHECK(nlohmann::json::parse(works[2])["to_s"] == 1);
    CHECK(nlohmann::json::parse(works[5])["after"] == nlohmann::json::array({3}));

    const Finished early = run_closet({"run-unit", plan, "4"});
    check_refused(early, 1, fmt::format("closet run-unit {} 3", plan), folder / "job/b.mp4");
    CHECK(lines_of(early.err).size() == 1);
    const auto missing = [&] {
        const Finished joined = run_closet({"join", plan});
        CHECK(joined.exit_code == 1);
        return joined.out;
    };
    CHECK(missing() == "0-4\n");
    for (const char* work : {"3", "4", "0", "2"}) {
        check_done(run_closet({"run-unit", plan, work}));
    }
    CHECK(missing() == "1\n");
    CHECK(fs::exists(folder / "job/b.mp4"));
    CHECK_FALSE(fs::exists(folder / "job/a.mp4"));
    check_done(run_closet({"run-unit", plan, "1"}));
    fs::remove(folder / "job/a.mp4.units/00001.video");  // as one does who is told that it is bad
    CHECK(missing() == "2\n");
    check_done(run_closet({"run-unit", plan, "2"}));
    const Finished joined = run_closet({"join", plan, "--json"});
    check_done(joined);
    CHECK(holds(joined.err, "\"missing\":[]"));
    CHECK(fs::exists(folder / "job/a.mp4"));
    check_refused(run_closet({"run-unit", plan, "5"}), 2, "from 0 to 4");
}

TEST_CASE("cluster: a plan is written again as it was, and never over another or over videos") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "clip.mp4", 5), garment = make_garment(folder, 255);
    const std::string job = folder / "job", plan = folder / "job/plan.jsonl";
    check_done(run_closet({"plan", clip, "-g", garment, "-o", job}));
    const std::string text = read_text(plan);
    CHECK(holds(text, "[\"encode-threads\",\""));
    check_done(run_closet({"plan", clip, "-g", garment, "-o", job}));
    CHECK(read_text(plan) == text);
    check_refused(run_closet({"plan", clip, "-g", garment, "-o", job, "--crf", "30"}), 2,
                  "is a plan of other");
    CHECK(read_text(plan) == text);

    fs::remove(plan);
    write_text(job + "/clip.mp4", "a video");
    check_refused(run_closet({"plan", clip, "-g", garment, "-o", job}), 2, "exists already", plan);
    CHECK(read_text(job + "/clip.mp4") == "a video");
}

TEST_CASE("cluster: what cannot be cut is not planned") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "clip.mp4", 5), garment = make_garment(folder, 255);
    const auto refuse = [&](std::vector<std::string> arguments, const std::string& words) {
        arguments.insert(arguments.begin(), "plan");
        arguments.insert(arguments.end(), {"-g", garment, "-o", folder / "job"});
        check_refused(run_closet(arguments), 2, words, folder / "job/plan.jsonl");
    };
    refuse({garment}, "picture");
    refuse({folder / "none.mp4"}, "it is no file");
    refuse({clip, "--segments", "0"}, "--segments 0");
    refuse({clip, "--encoder", "none"}, "nothing to join");
    write_text(folder / "poses.jsonl", "");
    refuse({clip, "--person", "face:" + garment, "--poses", folder / "poses.jsonl"}, "--poses");
}

TEST_CASE("cluster: a plan that is none is refused with its file and line") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "clip.mp4", 50), garment = make_garment(folder, 255);
    check_done(run_closet({"plan", clip, "-g", garment, "-o", folder / "job", "--segments", "1"}));
    const auto good = lines_of(read_text(folder / "job/plan.jsonl"));
    REQUIRE(good.size() == 4);
    const std::string bad = folder / "bad.jsonl";
    const auto refuse = [&](std::size_t line, const std::string& from, const std::string& to) {
        CAPTURE(to);
        std::string text;
        for (std::size_t i = 0; i < good.size(); ++i) {
            std::string changed = good[i];
            if (i + 1 == line) {
                const auto at = changed.find(from);
                REQUIRE(at != std::string::npos);
                changed.replace(at, from.size(), to);
            }
            text += changed + "\n";
        }
        write_text(bad, text);
        for (const Finished& result :
             {run_closet({"run-unit", bad, "0"}), run_closet({"join", bad})}) {
            check_refused(result, 2, fmt::format("{}, line {}", bad, line));
        }
    };
    refuse(1, "closet-plan", "closet-poses");
    refuse(1, "\"version\":1", "\"version\":2");
    refuse(1, "\"settings\":[[", "\"settings\":[1,[");
    refuse(1, "\"segments\"", "\"no-such-option\"");
    refuse(1, "[\"segments\",\"1\"]", "[\"segments\",\"0\"]");
    refuse(2, "\"work\":0", "\"work\":1");
    refuse(2, "\"do\":\"poses\"", "\"do\":\"join\"");
    refuse(2, "\"input\":\"/", "\"input\":\"");
    refuse(2, "\"after\":[]", "\"after\":[1]");
    refuse(3, "\"after\":[0]", "\"after\":[2]");
    refuse(3, "\"after\":[0]", "\"after\":" + std::string(1000, '['));
    refuse(3, "\"from_s\":0", "\"from_s\":1");
    refuse(3, "\"to_s\":1", "\"to_s\":1e99");
    refuse(3, "\"output\":\"", "\"output\":\"/other");
    refuse(4, "\"from_s\":1", "\"from_s\":2");
    refuse(4, "{", "{{");
    write_text(bad, "");
    check_refused(run_closet({"join", bad}), 2, bad + ", line 1: the file is empty");
    check_refused(run_closet({"join", folder / "none"}), 2, "none: No such file");
    std::string other = good[0];
    other.replace(other.find("closet ", other.find("program")), 7, "closet 0");
    write_text(bad, other + "\n" + good[1] + "\n" + good[2] + "\n" + good[3] + "\n");
    check_refused(run_closet({"join", bad}), 2, "use the same program everywhere");
}
