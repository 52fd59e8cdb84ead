#include "bench/sweep/outputs.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/result/result_file.h"
#include "bench/result/result_json.h"
#include "bench/sweep/fake_clip.h"
#include "support/full_disk.h"
#include "support/log_capture.h"
#include "support/temporary_folder.h"

namespace closet::bench {
namespace {

using closet::test::FullDisk;
using closet::test::TemporaryFolder;
using test::batch_sweep;
using test::FakeClip;
using test::FakeClock;
using test::good_sample;
using test::hooks_of;

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Runs a sweep of three cases into `sink`.
Sweep run_into(SweepSink& sink, FakeClock& clock, const test::FakePass& pass = {}) {
    FakeClip clip(clock);
    if (pass) {
        clip.set("2", pass);
    }
    Sweep sweep = batch_sweep("1,2,3");
    SweepHooks hooks = hooks_of(clip);
    hooks.sink = &sink;
    run_sweep(sweep, {}, hooks, clock);
    return sweep;
}

TEST_CASE("outputs: JSON and JSON Lines hold the whole sweep at its end") {
    const TemporaryFolder folder;
    FakeClock clock;
    Outputs outputs;
    outputs.add(std::make_unique<RewrittenFile>(folder / "r.json", json_text, clock));
    outputs.add(std::make_unique<JsonLinesFile>(folder / "r.jsonl"));
    const Sweep sweep = run_into(outputs, clock);
    CHECK(outputs.failures().empty());
    CHECK(content(folder / "r.json") == json_text(sweep));
    const Sweep lines = read_result(folder / "r.jsonl");
    REQUIRE(lines.cases.size() == 3);
    for (const Case& measured : lines.cases) {
        CHECK(case_line(measured) == case_line(test::case_named(sweep, measured.id)));
    }
    CHECK_FALSE(std::filesystem::exists(folder / "r.json.partial"));
}

TEST_CASE("outputs: a killed sweep leaves every sample that was taken") {
    const TemporaryFolder folder;
    FakeClock clock;
    Outputs outputs;
    outputs.add(std::make_unique<RewrittenFile>(folder / "r.json", json_text, clock));
    outputs.add(std::make_unique<JsonLinesFile>(folder / "r.jsonl"));
    int taken = 0;
    run_into(outputs, clock, [&](int pass) {
        if (pass == 3) {
            // What a kill in this pass would leave: two rounds with a warm-up and a bit.
            for (const char* name : {"r.json", "r.jsonl"}) {
                const Sweep left = read_result(folder / name);
                CHECK(left.context.seed == 7);
                for (const Case& measured : left.cases) {
                    CHECK(measured.samples.size() >= 3);
                    CHECK_FALSE(is_finished(measured));
                    ++taken;
                }
            }
        }
        return good_sample(1);
    });
    CHECK(taken == 6);
}

TEST_CASE("outputs: a disk that is full costs that file only and is told of once") {
    const TemporaryFolder folder;
    FakeClock clock;
    closet::test::LogCapture log;
    Outputs outputs;
    outputs.add(std::make_unique<RewrittenFile>("/dev/full", json_text, clock));
    outputs.add(std::make_unique<JsonLinesFile>("/dev/full"));
    outputs.add(std::make_unique<RewrittenFile>(folder / "r.json", json_text, clock));
    const Sweep sweep = run_into(outputs, clock);
    CHECK(sweep.cases[0].stopped == StopReason::kNarrow);
    CHECK(read_result(folder / "r.json").cases.size() == 3);
    REQUIRE(outputs.failures().size() == 2);
    CHECK(outputs.failures()[0].starts_with("cannot write /dev/full: No space left on device"));
    CHECK(log.messages().size() == 2);
}

TEST_CASE("outputs: a disk that is full for a while leaves whole files in the end") {
    const TemporaryFolder folder;
    FakeClock clock;
    closet::test::LogCapture log;
    Outputs outputs;
    outputs.add(std::make_unique<RewrittenFile>(folder / "r.json", json_text, clock, 0.0));
    outputs.add(std::make_unique<JsonLinesFile>(folder / "r.jsonl"));
    std::unique_ptr<FullDisk> full;
    const Sweep sweep = run_into(outputs, clock, [&](int pass) {
        if (pass == 2) {
            full = std::make_unique<FullDisk>(
                static_cast<rlim_t>(std::filesystem::file_size(folder / "r.jsonl") + 100));
        }
        if (pass == 4) {
            full.reset();
            // Nothing was torn while it lasted.
            CHECK(read_result(folder / "r.json").cases.size() == 3);
            CHECK(content(folder / "r.jsonl").ends_with("}\n"));
            CHECK(outputs.failures().size() >= 1);
        }
        return good_sample(1);
    });
    CHECK(outputs.failures().empty());
    CHECK(content(folder / "r.json") == json_text(sweep));
    const Sweep lines = read_result(folder / "r.jsonl");
    REQUIRE(lines.cases.size() == 3);
    for (const Case& measured : lines.cases) {
        CHECK(measured.samples.size() == 6);
    }
    std::size_t sample_lines = 0;
    std::istringstream text(content(folder / "r.jsonl"));
    for (std::string line; std::getline(text, line);) {
        sample_lines += line.find("\"type\":\"sample\"") != std::string::npos ? 1 : 0;
    }
    CHECK(sample_lines == 18);
}

TEST_CASE("outputs: a path that cannot be written is told before anything is measured") {
    const TemporaryFolder folder;
    const FakeClock clock;
    CHECK_THROWS_WITH_AS(JsonLinesFile(folder / "none/r.jsonl"), doctest::Contains("none/r.jsonl"),
                         Error);
    CHECK_THROWS_WITH_AS(RewrittenFile(folder / "none/r.json", json_text, clock),
                         doctest::Contains("none/r.json"), Error);
    CHECK_THROWS_WITH_AS(JsonLinesFile(folder.path()), doctest::Contains("give the name"), Error);
    CHECK_THROWS_AS(JsonLinesFile(""), Error);
}

TEST_CASE("outputs: opening a sink leaves the file that is there until the sweep starts") {
    const TemporaryFolder folder;
    FakeClock clock;
    std::ofstream(folder / "r.jsonl") << "old";
    JsonLinesFile file(folder / "r.jsonl");
    CHECK(content(folder / "r.jsonl") == "old");
    file.started(Sweep{});
    CHECK(content(folder / "r.jsonl") == context_line(Sweep{}));
}

TEST_CASE("outputs: a link stays a link") {
    const TemporaryFolder folder;
    FakeClock clock;
    std::ofstream(folder / "real.json") << "old";
    std::filesystem::create_symlink(folder / "real.json", folder / "r.json");
    RewrittenFile file(
        folder / "r.json", [](const Sweep&) { return "new"; }, clock);
    file.finished({});
    CHECK(std::filesystem::is_symlink(folder / "r.json"));
    CHECK(content(folder / "real.json") == "new");
}

TEST_CASE("outputs: text is made anew at most once in a pause and always at the end") {
    const TemporaryFolder folder;
    FakeClock clock;
    int made = 0;
    const auto text_of = [&](const Sweep&) { return std::to_string(++made); };
    RewrittenFile file(folder / "r.md", text_of, clock, 10.0);
    file.started({});
    file.round_done({});
    CHECK(made == 1);
    clock.advance(10);
    file.round_done({});
    file.case_done({}, {});
    CHECK(made == 2);
    file.finished({});
    CHECK(content(folder / "r.md") == "3");
}

TEST_CASE("outputs: whatever a sink throws stays with it") {
    closet::test::LogCapture log;
    FakeClock clock;
    const TemporaryFolder folder;
    Outputs outputs;
    outputs.add(std::make_unique<RewrittenFile>(
        folder / "r.html",
        [](const Sweep&) -> std::string { throw std::runtime_error("no plot of nothing"); },
        clock));
    run_into(outputs, clock);
    CHECK(outputs.failures() == std::vector<std::string>{"no plot of nothing"});
}

}  // namespace
}  // namespace closet::bench
