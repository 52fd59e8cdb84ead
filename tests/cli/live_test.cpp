// `closet live` as a program, without a window: what it puts out, counts and returns. Latency is
// only checked against what is seen from outside.

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/cli_support.h"
#include "cli/counter_camera.h"

using namespace closet::test;
using nlohmann::json;

namespace {

json summary_of(const std::string& path) {
    return json::parse(read_text(path));
}

std::int64_t all_drops(const json& figures) {
    std::int64_t sum = 0;
    for (const auto& [place, count] : figures.at("drops").items()) {
        sum += place == "inference" || place == "results" ? 0 : count.get<std::int64_t>();
    }
    return sum;
}

std::string frame_count(const std::string& file) {
    return fmt::format("{}", [&] {
        std::istringstream lines(frame_hashes(file));
        int count = 0;
        for (std::string line; std::getline(lines, line);) {
            count += !line.empty() && line[0] != '#' ? 1 : 0;
        }
        return count;
    }());
}

}  // namespace

TEST_CASE("live: a file is the camera and the output is a file that is complete at the end") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 20);
    const Finished result = run_closet({"live", clip, "-g", make_garment(folder, 255),
                                        "--no-window", "-o", folder / "out.mp4", "--summary",
                                        folder / "s.json", "--stats", folder / "s.jsonl"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const json figures = summary_of(folder / "s.json");
    CHECK(figures.at("schema") == "smart-closet-live");
    const auto put_out = figures.at("frames").at("put_out").get<std::int64_t>();
    CHECK(figures.at("frames").at("captured").get<std::int64_t>() +
              figures.at("drops").at("late").get<std::int64_t>() ==
          20);
    CHECK(put_out + all_drops(figures) == 20);
    CHECK(frame_count(folder / "out.mp4") == fmt::format("{}", put_out));
    CHECK(figures.at("latency_ms").at("count") == put_out);
    CHECK(holds(result.err, "latency"));
}

TEST_CASE("live: the picture is mirrored unless that is not wanted") {
    const TemporaryFolder folder;
    // Left half black, right half white.
    ffmpeg({"-f", "lavfi", "-i", "color=black:s=64x64:r=25,drawbox=x=32:w=32:h=64:c=white:t=fill",
            "-frames:v", "5", "-pix_fmt", "yuv420p", "-c:v", "ffv1", folder / "half.mkv"});
    const auto left_of = [&](const std::vector<std::string>& more) {
        std::vector<std::string> arguments{
            "live", folder / "half.mkv", "--no-window", "-o", folder / "out.mkv",
            "-y",   "--vcodec",          "ffv1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Finished result = run_closet(arguments);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        ffmpeg({"-y", "-i", folder / "out.mkv", "-vf", "crop=16:16:0:0,scale=1:1", "-frames:v", "1",
                "-pix_fmt", "gray", "-f", "rawvideo", folder / "left.gray"});
        return static_cast<int>(static_cast<unsigned char>(read_text(folder / "left.gray").at(0)));
    };
    CHECK(left_of({}) > 200);
    CHECK(left_of({"--no-mirror"}) < 50);
}

TEST_CASE("live: the latency that is told is the one that is seen from outside") {
    const TemporaryFolder folder;
    CounterCamera camera;
    camera.frames = 45;
    const CameraRun run =
        run_before_camera({closet_binary(), "live", "-", "--no-window", "--no-mirror", "-o", "-",
                           "-q", "-g", make_garment(folder, 255), "--summary", folder / "s.json"},
                          camera);
    REQUIRE(run.exit_code == 0);
    const json figures = summary_of(folder / "s.json");
    REQUIRE(run.seen.size() == figures.at("frames").at("put_out").get<std::size_t>());
    REQUIRE(run.seen.size() > 10);
    for (std::size_t i = 1; i < run.seen.size(); ++i) {
        CHECK(run.seen[i].number > run.seen[i - 1].number);
    }
    const double told = figures.at("latency_ms").at("mean").get<double>();
    CHECK(std::abs(told - mean_latency_ms(run)) < 1000 / camera.rate);  // one frame
}

TEST_CASE("live: it ends after as many frames and as long as it is told") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 10);
    const Finished frames = run_closet({"live", clip, "--loop", "--no-window", "-o", "none",
                                        "--frames", "15", "--summary", folder / "s.json"});
    INFO(frames.err);
    REQUIRE(frames.exit_code == 0);
    CHECK(summary_of(folder / "s.json").at("frames").at("rendered") == 15);

    const Finished time = run_closet({"live", clip, "--loop", "--no-window", "-o", "none",
                                      "--duration", "1", "--summary", folder / "t.json"});
    INFO(time.err);
    REQUIRE(time.exit_code == 0);
    CHECK(summary_of(folder / "t.json").at("at_s").get<double>() < 3);
}

TEST_CASE("live: an interrupt ends it in order with a complete file") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 10);
    const std::string out = folder / "out.mp4";
    const std::string stats = folder / "s.jsonl", ready = folder / "ready";
    const std::jthread watcher([&](const std::stop_token& stop) {
        std::error_code none;
        while (!stop.stop_requested()) {
            if (std::filesystem::file_size(stats, none) > 0 && !none) {  // a second has passed
                write_text(ready, "");
                return;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    });
    const Finished result = run_and_signal(
        {closet_binary(), "live", clip, "--loop", "--no-window", "-o", out, "--stats", stats},
        ready, SIGINT, 1);
    INFO(result.err);
    CHECK(result.exit_code == 130);
    CHECK(std::ifstream(out).good());
    CHECK(frame_count(out) != "0");
}

TEST_CASE("live: what cannot be used is told in one sentence") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 5);
    write_text(folder / "text.mp4", "no video at all");
    write_text(folder / "there.mp4", "");
    const auto fails = [&](std::vector<std::string> arguments, int code, const std::string& part) {
        arguments.insert(arguments.begin(), "live");
        const Finished result = run_closet(arguments);
        INFO(result.err);
        CHECK(result.exit_code == code);
        CHECK(holds(result.err, part));
        CHECK(result.err.find('\n') == result.err.size() - 1);
    };
    fails({"-q", "/dev/video77", "--no-window", "-o", "none"}, 1, "/dev/video77");
    fails({"-q", folder / "text.mp4", "--no-window", "-o", "none"}, 1, "text.mp4");
    fails({"-q", folder / "absent.mp4", "--no-window", "-o", "none"}, 1, "absent.mp4");
    fails({"-q", clip, "--no-window", "-o", folder / "there.mp4"}, 2, "-y");
    fails({"-q", clip, "--no-window"}, 2, "--output");
    fails({"-q", clip, "--no-window", "-o", "none", "--size", "12"}, 2, "--size");
    fails({"-q", clip, "--no-window", "-o", "none", "--interval", "1", "--max-interval", "0.5"}, 2,
          "--max-interval");
    fails({"-q", clip, "--no-window", "-o", "none", "-g", folder / "absent.png"}, 2, "absent.png");
    fails({"-q", clip, "--no-window", "-o", folder / "no/out.mp4"}, 1, "out.mp4");
    fails({"-q", clip, "--no-window", "-o", folder / "out.mp4", "--vcodec", "nothing"}, 2,
          "nothing");
}
