// `closet bench` as a program: what it prints, writes and returns. Times are never checked.

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/cli_support.h"

using namespace closet::test;
using nlohmann::json;

namespace {

/// A quick sweep over a short clip: `repeats` passes a case.
std::vector<std::string> quick(const std::string& clip, const std::string& garment,
                               const std::vector<std::string>& more, int repeats = 2) {
    const std::string count = fmt::format("{}", repeats);
    std::vector<std::string> arguments{
        "bench",         clip,  "-g",         garment, "--min-repeats", count,
        "--max-repeats", count, "--min-time", "0",     "--seed",        "7"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

const json& case_of(const json& result, const std::string& id) {
    for (const json& measured : result.at("cases")) {
        if (measured.at("id") == id) {
            return measured;
        }
    }
    FAIL("no case " << id);
    return result;
}

}  // namespace

TEST_CASE("bench: a sweep measures every value and writes what it found") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const Finished result = run_closet(quick(
        *clip, make_garment(folder, 255),
        {"--batch", "1,4", "--out", folder / "r.json", "--out", folder / "r.jsonl", "--out",
         folder / "r.csv", "--out", folder / "r.md", "--out", "bencher:" + (folder / "bmf.json"),
         "--report", folder / "r.html", "--plots", folder / "plots"}));
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    CHECK(holds(result.out, "batch=4"));

    const json file = json::parse(read_text(folder / "r.json"));
    CHECK(file.at("schema") == "closet.bench.result");
    CHECK(file.at("cases").size() == 3);  // the default, batch 2, is measured as well
    for (const char* id : {"default", "batch=1", "batch=4"}) {
        const json measured = case_of(file, id);
        CHECK(measured.at("frames_per_s").at("value").get<double>() > 0);
        CHECK(measured.at("quality").at("pck").at("value").get<double>() > 0.5);
        std::size_t counting = 0;
        for (const json& sample : measured.at("samples")) {
            const json& work = sample.at("work");
            CHECK(work.at("frames_in") == work.at("frames_out"));
            CHECK(work.at("key_frames").get<int>() > 0);
            CHECK(sample.at("latency_ms").size() == work.at("frames_out").get<std::size_t>());
            counting += sample.at("warm_up").get<bool>() ? 0 : 1;
        }
        CHECK(counting == 2);
    }
    CHECK(file.at("context").at("clip_sha256").get<std::string>().size() == 64);
    CHECK(holds(read_text(folder / "r.html"), "batch=4"));
    CHECK(holds(read_text(folder / "r.csv"), "frames_per_s"));
    CHECK(holds(read_text(folder / "r.md"), "| "));
    CHECK(json::parse(read_text(folder / "bmf.json")).contains("batch=4"));
    CHECK_FALSE(std::filesystem::is_empty(folder / "plots"));

    const Finished same = run_closet({"bench", "compare", folder / "r.json", folder / "r.jsonl"});
    INFO(same.out);
    CHECK(same.exit_code == 0);
    CHECK(holds(same.out, "3 cases compared"));
}

TEST_CASE("bench: one value a setting measures one case and shows its stages") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const Finished result = run_closet(quick(*clip, make_garment(folder, 255),
                                             {"--batch", "2", "--no-quality", "--include",
                                              "decode,encode", "--alert", "frames_per_s<0.001"}));
    INFO(result.err);
    CHECK(result.exit_code == 0);
    for (const char* row : {"decode", "encode", "network", "blend"}) {
        CAPTURE(row);
        CHECK(holds(result.out, row));
    }
}

TEST_CASE("bench: a case that cannot run is told while the others are measured") {
    const TemporaryFolder folder;
    const auto clip = make_person_clip(folder);
    if (!clip) {
        return;
    }
    const Finished result =
        run_closet(quick(*clip, make_garment(folder, 255),
                         {"--model", "blazepose-full," + (folder / "absent.tflite"), "--no-quality",
                          "--out", folder / "r.json"}));
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(holds(result.err, "absent.tflite"));
    const json file = json::parse(read_text(folder / "r.json"));
    CHECK(case_of(file, "default").contains("frames_per_s"));
}

TEST_CASE("bench: alerts that are crossed are told and count") {
    const TemporaryFolder folder;
    const Finished result = run_closet(quick(
        make_bars(folder, "bars.mp4", 6), make_garment(folder, 255),
        {"--no-quality", "--alert", "frames_per_s<1000000", "--alert", "latency_ms.p95>1000000"}));
    CHECK(result.exit_code == 1);
    CHECK(holds(result.err, "alert: "));
    CHECK(holds(result.err, "frames_per_s<1000000"));
    CHECK_FALSE(holds(result.err, "latency_ms.p95>1000000"));
}

TEST_CASE("bench: a clip of three frames is measured") {
    const TemporaryFolder folder;
    const Finished result = run_closet(
        quick(make_bars(folder, "bars.mp4", 3), make_garment(folder, 255), {"--batch", "1,8"}));
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(holds(result.out, "batch=8"));
}

TEST_CASE("bench: several clips are one pass each and judged together") {
    const TemporaryFolder folder;
    const std::string bars = make_bars(folder, "bars.mp4", 6);
    const std::string more = make_bars(folder, "more.mp4", 4);
    const std::string garment = make_garment(folder, 255);
    const auto sweep = [&](const std::string& first, const std::string& second,
                           const std::vector<std::string>& others) {
        std::vector<std::string> arguments =
            quick(first, garment, {"--batch", "1,4", "--out", folder / "r.json"});
        arguments.insert(arguments.begin() + 2, second);
        arguments.insert(arguments.end(), others.begin(), others.end());
        return run_closet(arguments);
    };
    const Finished result =
        sweep(bars, more, {"--out", folder / "r.csv", "--report", folder / "r.html"});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const json file = json::parse(read_text(folder / "r.json"));
    REQUIRE(file.at("context").at("clips").size() == 2);
    CHECK(file.at("context").at("clips")[1].at("frames") == 4);
    const json& sample = case_of(file, "batch=4").at("samples").back();
    CHECK(sample.at("work").at("frames_out") == 10);
    CHECK(sample.at("latency_ms").size() == 10);
    CHECK(sample.at("clip_wall_s").size() == 2);
    CHECK(case_of(file, "batch=4").at("quality").at("frame_errors").size() == 2);
    CHECK(holds(result.out, "more.mp4: frames/s"));
    CHECK(holds(read_text(folder / "r.csv"), "clips[1].frames_per_s"));
    CHECK(holds(read_text(folder / "r.html"), "Clip by clip"));

    std::filesystem::copy_file(folder / "r.json", folder / "old.json");
    const Finished resumed = sweep(bars, more, {"--resume", folder / "old.json"});
    INFO(resumed.err);
    CHECK(resumed.exit_code == 0);
    CHECK(holds(resumed.err, "3 of 3 cases taken over"));
    const Finished turned = sweep(more, bars, {"--resume", folder / "old.json"});
    CHECK(turned.exit_code == 2);
    CHECK(holds(turned.err, "clips"));
    CHECK(run_closet({"bench", "compare", folder / "r.json", folder / "old.json"}).exit_code == 0);

    const Finished aa = run_closet({"bench", "aa", bars, more, "-g", garment, "--min-repeats", "3",
                                    "--max-repeats", "3", "--save-new", folder / "new.json"});
    INFO(aa.err);
    CHECK(aa.exit_code == 0);
    const json one = json::parse(read_text(folder / "new.json"));
    CHECK(one.at("cases")[0].at("samples")[0].at("work").at("frames_in") == 10);
}

TEST_CASE(
    "bench: a clip that cannot be read or is given twice is told before anything is measured") {
    const TemporaryFolder folder;
    const std::string bars = make_bars(folder, "bars.mp4", 6);
    const std::string garment = make_garment(folder, 255);
    write_text(folder / "broken.mp4", "no clip at all");
    std::filesystem::copy_file(bars, folder / "copy.mp4");
    const std::vector<std::tuple<std::string, int>> all{
        {folder / "absent.mp4", 1}, {folder / "broken.mp4", 1}, {folder / "copy.mp4", 2}};
    for (const auto& [clip, code] : all) {
        const Finished result = run_closet({"bench", bars, clip, "-g", garment});
        CAPTURE(result.err);
        CHECK(result.exit_code == code);
        CHECK(holds(result.err, clip));
        CHECK(result.out.empty());
    }
    const Finished labels = run_closet(
        {"bench", bars, make_bars(folder, "more.mp4", 4), "--labels", folder / "one.json"});
    CHECK(labels.exit_code == 2);
    CHECK(holds(labels.err, "files given: 1, clips: 2"));
}

TEST_CASE("bench: a dry run names the cases and the time and measures nothing") {
    const TemporaryFolder folder;
    const Finished result = run_closet(
        {"bench", make_bars(folder, "bars.mp4", 6), "-g", make_garment(folder, 255), "--batch",
         "1,2", "--scale", "0.5,1", "--product", "--dry-run", "--out", folder / "r.json"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK(holds(result.out, "batch=1,scale=0.5\n"));
    CHECK(holds(result.out, "4 cases"));
    CHECK_FALSE(std::filesystem::exists(folder / "r.json"));
}

TEST_CASE("bench: an interrupted sweep keeps what it had and is resumed") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 40);
    const std::string garment = make_garment(folder, 255);
    const std::string file = folder / "r.jsonl";
    std::vector<std::string> arguments =
        quick(clip, garment, {"--batch", "1-8", "--no-quality", "--out", file}, 200);
    arguments.insert(arguments.begin(), closet_binary());
    const Finished stopped = run_and_signal(arguments, file, SIGINT, 1);
    INFO(stopped.err);
    CHECK(stopped.exit_code == 130);
    CHECK(holds(read_text(file), "\"context\""));

    const Finished resumed = run_closet(
        quick(clip, garment,
              {"--batch", "1-8", "--no-quality", "--resume", file, "--out", folder / "all.json"}));
    INFO(resumed.err);
    CHECK(resumed.exit_code == 0);
    CHECK(holds(resumed.err, "of 8 cases taken over"));
    CHECK(json::parse(read_text(folder / "all.json")).at("cases").size() == 8);

    const Finished other = run_closet(quick(
        clip, garment, {"--batch", "1-8", "--warp", "affine", "--resume", file, "--no-quality"}));
    CHECK(other.exit_code == 2);
    CHECK(holds(other.err, "warp"));
}

TEST_CASE("bench: wrong usage is one sentence and exit code 2") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 3);
    const std::string garment = make_garment(folder, 255);
    write_text(folder / "garbage.json", "{\"cases\": 3}");
    struct Wrong {
        std::vector<std::string> arguments;
        std::string names;
    };
    const std::vector<Wrong> all{
        {{"bench"}, "no clip"},
        {{"bench", clip, "--batch", "1-"}, "--batch"},
        {{"bench", clip, "--batch", "8-1"}, "--batch"},
        {{"bench", clip, "--batch", "1,999"}, "--batch"},
        {{"bench", clip, "--scale", "0.1-1.0+0"}, "--scale"},
        {{"bench", clip, "--warp", "mesh,velvet"}, "velvet"},
        {{"bench", clip, "--include", "coffee"}, "coffee"},
        {{"bench", clip, "--alert", "speed>3"}, "speed"},
        {{"bench", clip, "--out", "result.xyz"}, "--out"},
        {{"bench", clip, "-g", garment, "--labels", folder / "garbage.json"}, "--labels"},
        {{"bench", "ab", clip, "-g", garment}, "--base"},
        {{"bench", "ab", clip, "-g", garment, "--base", folder / "absent"}, "--base"},
        {{"bench", "compare", "a.json"}, "new"},
        {{"bench", "compare", "a.json", "b.json", "--max-slowdown", "much"}, "--max-slowdown"},
    };
    for (const Wrong& wrong : all) {
        const Finished result = run_closet(wrong.arguments);
        CAPTURE(wrong.names);
        CAPTURE(result.err);
        CHECK(result.exit_code == 2);
        CHECK(holds(result.err, wrong.names));
    }
    const Finished absent = run_closet({"bench", folder / "absent.mp4", "-g", garment});
    CHECK(absent.exit_code == 1);
    CHECK(holds(absent.err, "absent.mp4"));
    const Finished garbage =
        run_closet({"bench", "compare", folder / "garbage.json", folder / "garbage.json"});
    CHECK(garbage.exit_code == 1);
    CHECK(holds(garbage.err, "garbage.json"));
}

TEST_CASE("bench: a full disk loses an output and not the sweep") {
    const TemporaryFolder folder;
    const Finished result =
        run_closet(quick(make_bars(folder, "bars.mp4", 6), make_garment(folder, 255),
                         {"--no-quality", "--out", "jsonl:/dev/full", "--out", folder / "r.json"}));
    INFO(result.err);
    CHECK(result.exit_code == 1);
    CHECK(holds(result.err, "/dev/full"));
    CHECK(holds(result.out, "frames/s"));
    CHECK(json::parse(read_text(folder / "r.json")).at("cases").size() == 1);
}

TEST_CASE("bench: two builds are measured by their own processes and judged") {
    const TemporaryFolder folder;
    const std::string clip = make_bars(folder, "bars.mp4", 20);
    const std::string garment = make_garment(folder, 255);
    const Finished ab = run_closet({"bench", "ab", clip, "-g", garment, "--base", closet_binary(),
                                    "--min-repeats", "3", "--max-repeats", "3", "--save-base",
                                    folder / "base.json", "--max-slowdown", "99%"});
    INFO(ab.err);
    CHECK(ab.exit_code == 0);
    CHECK(holds(ab.out, "1 case compared"));
    CHECK(json::parse(read_text(folder / "base.json")).at("cases").size() == 1);

    const Finished aa = run_closet(
        {"bench", "aa", clip, "-g", garment, "--min-repeats", "3", "--max-repeats", "3"});
    CHECK(aa.exit_code == 0);
    CHECK(holds(aa.out, "noise floor"));
}

TEST_CASE("bench: a base that is no closet is told") {
    const TemporaryFolder folder;
    const Finished result = run_closet({"bench", "ab", make_bars(folder, "bars.mp4", 3), "-g",
                                        make_garment(folder, 255), "--base", "/bin/false"});
    CAPTURE(result.err);
    CHECK(result.exit_code == 1);
    CHECK(holds(result.err, "/bin/false"));
}
