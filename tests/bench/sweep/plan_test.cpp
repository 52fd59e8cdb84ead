#include "bench/sweep/plan.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/result/result_file.h"
#include "bench/sweep/fake_clip.h"
#include "bench/sweep/outputs.h"
#include "bench/sweep/sample_sweep.h"
#include "core/error.h"
#include "support/temporary_folder.h"

namespace closet::bench {
namespace {

std::vector<std::string> ids(const std::vector<Case>& cases) {
    std::vector<std::string> names;
    for (const Case& planned : cases) {
        names.push_back(planned.id);
    }
    return names;
}

using Ids = std::vector<std::string>;

TEST_CASE("cases: one axis at a time goes around the base and has it once") {
    const auto cases = plan_cases({parse_axis("batch", "1,2,5"), parse_axis("scale", "0.5,1")},
                                  Layout::kOneAtATime, {{"batch", "1"}, {"scale", "1.0"}});
    CHECK(ids(cases) == Ids{"default", "batch=2", "batch=5", "scale=0.5"});
    CHECK(cases[0].settings == std::vector<Setting>{{"batch", "1"}, {"scale", "1.0"}});
    CHECK(cases[2].settings == std::vector<Setting>{{"batch", "5"}, {"scale", "1.0"}});
    CHECK(cases[3].settings == std::vector<Setting>{{"batch", "1"}, {"scale", "0.5"}});
}

TEST_CASE("cases: an axis without a base keeps all of its values and the default") {
    const auto cases = plan_cases({parse_axis("every", "1,2")}, Layout::kOneAtATime);
    CHECK(ids(cases) == Ids{"default", "every=1", "every=2"});
    CHECK(cases[0].settings.empty());
}

TEST_CASE("cases: the product has every combination") {
    const auto cases = plan_cases({parse_axis("batch", "1,4"), parse_axis("scale", "0.5-1.0+0.5")},
                                  Layout::kProduct, {{"batch", "1"}});
    CHECK(ids(cases) ==
          Ids{"batch=1,scale=0.5", "batch=1,scale=1", "batch=4,scale=0.5", "batch=4,scale=1"});
    CHECK(cases[3].settings == std::vector<Setting>{{"batch", "4"}, {"scale", "1.0"}});
}

TEST_CASE("cases: no axis is one case") {
    CHECK(ids(plan_cases({}, Layout::kProduct)) == Ids{"default"});
    CHECK(ids(plan_cases({}, Layout::kOneAtATime)) == Ids{"default"});
}

TEST_CASE("cases: those with the same networks stand together") {
    const auto cases = plan_cases(
        {parse_axis("batch", "1,2"), parse_axis("model", "a-s,b-m"), parse_axis("scale", "0.5,1")},
        Layout::kProduct);
    REQUIRE(cases.size() == 8);
    int loads = 0;
    std::string loaded;
    for (const Case& planned : cases) {
        loads += planned.settings[1].second == loaded ? 0 : 1;
        loaded = planned.settings[1].second;
    }
    CHECK(loads == 2);
}

TEST_CASE("cases: sweeps that cannot mean anything are refused") {
    const auto every = parse_axis("every", "1,2");
    const auto interval = parse_axis("interval", "0,0.1");
    CHECK_THROWS_AS(plan_cases({every, interval}, Layout::kProduct), ConfigError);
    CHECK_THROWS_AS(plan_cases({interval}, Layout::kOneAtATime, {{"every", "2"}}), ConfigError);
    CHECK(plan_cases({every, interval}, Layout::kOneAtATime).size() == 5);
    CHECK_THROWS_AS(plan_cases({every, every}, Layout::kProduct), ConfigError);
    const auto batch = parse_axis("batch", "1-200"), queue = parse_axis("queue", "1-200");
    CHECK_THROWS_AS(plan_cases({batch, queue}, Layout::kProduct), ConfigError);
}

TEST_CASE("cases: only measured ones are finished") {
    Case planned = plan_cases({}, Layout::kProduct).front();
    CHECK_FALSE(is_finished(planned));
    planned.samples.emplace_back();
    CHECK_FALSE(is_finished(planned));
    planned.stopped = StopReason::kNarrow;
    CHECK(is_finished(planned));
    planned.samples.front().warm_up = true;
    CHECK_FALSE(is_finished(planned));
}

TEST_CASE("estimate: between the least and the most that the rules allow") {
    SweepOptions options;
    options.stopping = {5, 0.5, 100, 60, 0.02};
    const TimeEstimate estimate = estimate_time(10, 2.0, options);
    CHECK(estimate.least_s == doctest::Approx(10 * 2 * 6));
    CHECK(estimate.most_s == doctest::Approx(10 * 2 * 31));
    CHECK(to_text(estimate) == "between 2 min and 10 min");
    options.budget_s = 30;
    CHECK(to_text(estimate_time(10, 2.0, options)) == "about 30 s");
    options.budget_s.reset();
    options.processes = 3;
    CHECK(estimate_time(1, 0.01, options).least_s == doctest::Approx(0.53));
    CHECK(to_text(estimate_time(1000, 2.0, options)) == "between 4 h 27 min and 18 h 20 min");
}

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

TEST_CASE("plan: settings with several values are swept and all else is the base") {
    const SweepPlan plan =
        plan_sweep({{"garment", {"a.png"}},
                    {"batch", {"2"}},
                    {"scale", {"0.5", "1.0"}},
                    {"track", {"x", "y"}}},
                   {{"batch", "1"}, {"scale", "1"}, {"crf", "20"}}, Layout::kOneAtATime);
    REQUIRE(plan.axes.size() == 1);
    CHECK(plan.axes[0].name == "scale");
    CHECK(plan.base == std::vector<Setting>{
                           {"garment", "a.png"}, {"batch", "2"}, {"track", "x"}, {"track", "y"}});
    CHECK(ids(plan.cases) == Ids{"default", "scale=0.5"});
    CHECK(settings_of(plan, plan.cases[1]).back() == Setting{"scale", "0.5"});
    CHECK(settings_of(plan, plan.cases[1]).size() == 5);
    CHECK_THROWS_AS(plan_sweep({{"batch", {"1", "x"}}}, {}, Layout::kProduct), ConfigError);
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
    CHECK(refusal([](Context& c) { c.clips.at(0).sha256 = "cc"; }).find("(clip: aaaa") !=
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
