#include "bench/sweep/resume.h"

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/sweep/fake_clip.h"
#include "bench/sweep/outputs.h"
#include "bench/sweep/result_file.h"
#include "bench/sweep/sample_sweep.h"
#include "support/temporary_folder.h"

namespace closet::bench {
namespace {

using test::batch_sweep;
using test::FakeClip;
using test::FakeClock;
using test::good_sample;
using test::hooks_of;

Case finished_case(Case planned) {
    planned.stopped = StopReason::kNarrow;
    planned.samples = {good_sample(1)};
    return planned;
}

Case case_at(const std::string& id, const std::vector<Setting>& settings) {
    Case planned;
    planned.id = id;
    planned.settings = settings;
    return planned;
}

std::string refusal(const std::function<void(Context&)>& change) {
    Sweep earlier = test::whole_sweep(), now = test::whole_sweep();
    change(now.context);
    try {
        take_over(now, earlier, "r.json");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "taken";
}

TEST_CASE("resume: finished cases are taken over and the others are measured") {
    Sweep earlier = batch_sweep("1,2,3"), now = batch_sweep("2,3,4,1");
    earlier.cases[0] = finished_case(earlier.cases[0]);
    earlier.cases[1] = finished_case(earlier.cases[1]);
    earlier.cases[1].stopped = StopReason::kBudget;
    earlier.cases[2] = finished_case(earlier.cases[2]);
    earlier.cases[2].failure = "no model x";
    CHECK(take_over(now, earlier, "r.json") == 1);
    CHECK(now.cases[3].samples.size() == 1);
    CHECK(now.cases[0].samples.empty());
    CHECK(now.cases[1].samples.empty());
    CHECK(now.cases[2].samples.empty());
}

TEST_CASE("resume: a killed sweep goes on where it was") {
    const closet::test::TemporaryFolder folder;
    FakeClock clock;
    FakeClip clip(clock);
    clip.set("3", [](int pass) { return good_sample(pass % 2 == 0 ? 1 : 3); });
    struct Killed {};
    Sweep first = batch_sweep("1,2,3");
    {
        JsonLinesFile file(folder / "r.jsonl");
        SweepHooks hooks = hooks_of(clip);
        hooks.sink = &file;
        hooks.progress = [](const SweepProgress& progress) {
            if (progress.round == 7) {
                throw Killed{};
            }
        };
        CHECK_THROWS_AS(run_sweep(first, {}, hooks, clock), Killed);
    }
    Sweep second = batch_sweep("1,2,3");
    CHECK(take_over(second, read_result(folder / "r.jsonl"), "r.jsonl") == 2);
    clip.order.clear();
    run_sweep(second, {}, hooks_of(clip), clock);
    for (const std::string& name : clip.order) {
        CHECK(name.ends_with("3"));
    }
    CHECK(is_finished(second.cases[0]));
    CHECK(is_finished(second.cases[2]));
}

TEST_CASE("resume: the writing of numbers and the order of axes do not matter") {
    Sweep earlier, now;
    earlier.axes = {"batch", "scale"};
    earlier.cases = {finished_case(case_at("old", {{"batch", "1"}, {"scale", "1.0"}}))};
    now.axes = {"scale", "batch"};
    now.cases = {case_at("new", {{"scale", "1"}, {"batch", "1"}})};
    CHECK(take_over(now, earlier, "r.json") == 1);
    CHECK(now.cases[0].id == "new");
    CHECK(now.cases[0].settings.front().first == "scale");
}

TEST_CASE("resume: other conditions are refused with what differs") {
    CHECK(refusal([](Context&) {}) == "taken");
    CHECK(refusal([](Context& c) { c.revision = "fedcba"; }) ==
          "--resume r.json: it was measured under other conditions (revision: abcdef there, fedcba "
          "here); leave out --resume to measure everything anew");
    CHECK(refusal([](Context& c) { c.clip_sha256 = "cc"; }).find("(clip: aaaa") !=
          std::string::npos);
    CHECK(refusal([](Context& c) { c.garment_sha256 = ""; }).find("nothing here") !=
          std::string::npos);
    CHECK(refusal([](Context& c) {
              c.settings["interval"] = "0";
          }).find("(--interval: 0.04 there, 0 here)") != std::string::npos);
    CHECK(refusal([](Context& c) {
              c.settings["warp"] = "mesh";
          }).find("(--warp: nothing there, mesh here)") != std::string::npos);
    CHECK(refusal([](Context& c) { c.cores = 8; }).find("(cores: 4 there, 8 here)") !=
          std::string::npos);
    CHECK(refusal([](Context& c) { c.contains = "decode"; }).find("measured time") !=
          std::string::npos);
    CHECK(refusal([](Context& c) { c.cpu_path = "generic"; }).find("instructions") !=
          std::string::npos);
    CHECK(refusal([](Context& c) { c.build_type = "Debug"; }).find("build type") !=
          std::string::npos);
    CHECK(refusal([](Context& c) { c.libraries["torch"] = "3"; }).find("library torch") !=
          std::string::npos);
    CHECK(refusal([](Context& c) {
              c.cpu = "x";
              c.gpu = "y";
          }).find("and 1 more)") != std::string::npos);
}

TEST_CASE("resume: time and host and seed and load may differ") {
    CHECK(refusal([](Context& c) {
              c.time_utc = "later";
              c.host = "other";
              c.seed = 9;
              c.warnings.clear();
              c.arguments.clear();
          }) == "taken");
}

TEST_CASE("resume: other axes are refused") {
    Sweep now = batch_sweep("1");
    Sweep earlier = now;
    earlier.axes = {"batch", "scale"};
    CHECK_THROWS_WITH_AS(take_over(now, earlier, "r.json"),
                         doctest::Contains("it sweeps batch scale and not batch"), ConfigError);
}

}  // namespace
}  // namespace closet::bench
