#include "bench/sweep/runner.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "bench/sweep/fake_clip.h"

namespace closet::bench {
namespace {

using test::batch_sweep;
using test::case_named;
using test::FakeClip;
using test::FakeClock;
using test::good_sample;
using test::hooks_of;

std::int64_t counting(const Case& measured) {
    return std::count_if(measured.samples.begin(), measured.samples.end(),
                         [](const Sample& sample) { return sample.counts(); });
}

/// A pass of 1, 3, 1, 3 ... seconds: never narrow.
Sample noisy(int pass) {
    return good_sample(pass % 2 == 0 ? 1 : 3);
}

TEST_CASE("runner: each case is warmed up and measured until it is narrow") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1,2");
    run_sweep(sweep, {}, hooks_of(clip), clock);
    for (const Case& measured : sweep.cases) {
        CAPTURE(measured.id);
        CHECK(measured.stopped == StopReason::kNarrow);
        CHECK(measured.failure.empty());
        REQUIRE(measured.samples.size() == 6);
        CHECK(measured.samples[0].warm_up);
        CHECK(counting(measured) == 5);
        CHECK(measured.bottleneck == "summarized");
        CHECK(measured.model_load_s == 0.25);
        CHECK(is_finished(measured));
    }
}

TEST_CASE("runner: cases are interleaved in rounds whose order the seed gives") {
    const auto order_of = [](std::uint64_t seed) {
        FakeClock clock;
        FakeClip clip(clock);
        Sweep sweep = batch_sweep("1-8", seed);
        run_sweep(sweep, {}, hooks_of(clip), clock);
        std::vector<std::string> by_sample(clip.order.size());
        for (const Case& measured : sweep.cases) {
            for (const Sample& sample : measured.samples) {
                by_sample.at(static_cast<std::size_t>(sample.order)) =
                    (sample.warm_up ? "w" : "") + measured.settings.front().second;
            }
        }
        CHECK(by_sample == clip.order);  // the recorded order is the one that was run
        return clip.order;
    };
    const auto order = order_of(7);
    REQUIRE(order.size() == 8 * 6);
    for (std::size_t i = 0; i < 16; i += 2) {
        CHECK(order[i] == "w" + order[i + 1]);  // the first round has the warm-ups
    }
    for (std::size_t round = 16; round < order.size(); round += 8) {
        CHECK(std::set<std::string>(order.begin() + static_cast<std::ptrdiff_t>(round),
                                    order.begin() + static_cast<std::ptrdiff_t>(round + 8))
                  .size() == 8);
    }
    CHECK(order == order_of(7));
    CHECK(order != order_of(8));
}

TEST_CASE("runner: noisy cases go on while the narrow ones are done") {
    FakeClock clock;
    FakeClip clip(clock);
    clip.set("2", noisy);
    Sweep sweep = batch_sweep("1,2");
    SweepOptions options;
    options.stopping.max_repeats = 20;
    run_sweep(sweep, options, hooks_of(clip), clock);
    CHECK(counting(case_named(sweep, "batch=1")) == 5);
    CHECK(counting(case_named(sweep, "batch=2")) == 20);
    CHECK(case_named(sweep, "batch=2").stopped == StopReason::kTime);
}

TEST_CASE("runner: a case that cannot run fails with its sentence and the rest goes on") {
    FakeClock clock;
    FakeClip clip(clock);
    clip.set("2", [](int) -> Sample { throw ModelError("no model rtmpose-x: fetch it"); });
    Sweep sweep = batch_sweep("1,2,3");
    run_sweep(sweep, {}, hooks_of(clip), clock);
    const Case failed = case_named(sweep, "batch=2");
    CHECK(failed.failure == "no model rtmpose-x: fetch it");
    CHECK(failed.stopped == StopReason::kFailed);
    CHECK(failed.bottleneck.empty());
    CHECK(counting(case_named(sweep, "batch=1")) == 5);
    CHECK(counting(case_named(sweep, "batch=3")) == 5);
    CHECK(clip.starts == 2);  // the process that threw was given up
}

TEST_CASE("runner: a case that throws late keeps its samples and no figures") {
    FakeClock clock;
    FakeClip clip(clock);
    clip.set("1", [](int pass) {
        if (pass == 3) {
            throw std::runtime_error("out of memory");  // not one of ours
        }
        return good_sample(1);
    });
    Sweep sweep = batch_sweep("1");
    run_sweep(sweep, {}, hooks_of(clip), clock);
    CHECK(sweep.cases[0].failure == "out of memory");
    CHECK(counting(sweep.cases[0]) == 2);
    CHECK(sweep.cases[0].bottleneck.empty());
}

TEST_CASE("runner: a process that does not start fails the case and not the sweep") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1,2");
    SweepHooks hooks = hooks_of(clip);
    hooks.start = []() -> std::unique_ptr<CaseRunner> { throw Error("cannot start ./closet"); };
    run_sweep(sweep, {}, hooks, clock);
    CHECK(sweep.cases[0].failure == "cannot start ./closet");
    CHECK(sweep.cases[1].failure == "cannot start ./closet");
}

TEST_CASE("runner: a pass with other work is a failure and not a fast sample") {
    FakeClock clock;
    FakeClip clip(clock);
    clip.set("1", [](int pass) {
        Sample sample = good_sample(pass == 2 ? 0.1 : 1);
        if (pass == 2) {
            sample.work.poses_digest = "ffff";
        }
        return sample;
    });
    Sweep sweep = batch_sweep("1");
    run_sweep(sweep, {}, hooks_of(clip), clock);
    const Case& measured = sweep.cases[0];
    CHECK(measured.failure.empty());
    CHECK(measured.samples[2].failure ==
          "its poses differ from those of the case's first good pass");
    CHECK_FALSE(measured.samples[2].counts());
    CHECK(counting(measured) == 5);
    CHECK(measured.samples.size() == 7);
}

TEST_CASE("runner: work that contradicts itself is a failure") {
    const auto said = [](auto change) {
        FakeClock clock;
        FakeClip clip(clock);
        clip.set("1", [&](int) {
            Sample sample = good_sample(1);
            change(sample);
            return sample;
        });
        Sweep sweep = batch_sweep("1");
        run_sweep(sweep, {}, hooks_of(clip), clock);
        CHECK(sweep.cases[0].stopped == StopReason::kFailed);
        CHECK(sweep.cases[0].samples.size() == kMaximumFailures);
        return sweep.cases[0].failure;
    };
    CHECK(said([](Sample& s) { s.work.frames_out = 2; }) ==
          "3 of its 3 passes failed, the last one because 3 frames were taken in and 2 given out");
    CHECK(said([](Sample& s) { s.work.key_frames = 0; }).find("0 key frames") != std::string::npos);
    CHECK(said([](Sample& s) { s.work = {}; }).find("no frame") != std::string::npos);
    CHECK(said([](Sample& s) { s.work.poses = 4; }).find("4 of 3 frames have poses") !=
          std::string::npos);
    CHECK(said([](Sample& s) { s.wall_s = 0; }).find("0 s") != std::string::npos);
    CHECK(said([](Sample& s) { s.latency_ms.pop_back(); }).find("latencies of 2 frames") !=
          std::string::npos);
    CHECK(said([](Sample& s) { s.failure = "the encoder broke"; }).find("the encoder broke") !=
          std::string::npos);
}

TEST_CASE("runner: cases must take in the same frames") {
    FakeClock clock;
    FakeClip clip(clock);
    clip.set("2", [](int) {
        Sample sample = good_sample(0.5);
        sample.work = {2, 2, 2, 2, "cd"};
        sample.latency_ms.clear();
        return sample;
    });
    clip.set("1", [&](int) { return good_sample(1); });
    Sweep sweep = batch_sweep("1,2,3", 3);
    run_sweep(sweep, {}, hooks_of(clip), clock);
    // Whichever came first is right; they cannot both be.
    CHECK(case_named(sweep, "batch=2").failure.empty() !=
          case_named(sweep, "batch=1").failure.empty());
}

TEST_CASE("runner: processes take turns within a case and all are warmed up") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1,2");
    SweepOptions options;
    options.processes = 3;
    options.stopping.min_repeats = 6;
    run_sweep(sweep, options, hooks_of(clip), clock);
    CHECK(clip.starts == 3);
    for (const Case& measured : sweep.cases) {
        std::vector<int> processes;
        std::set<int> warm;
        for (const Sample& sample : measured.samples) {
            if (sample.warm_up) {
                warm.insert(sample.process);
            } else {
                CHECK(warm.contains(sample.process));
                processes.push_back(sample.process);
            }
        }
        CHECK(processes == std::vector<int>{0, 1, 2, 0, 1, 2});
    }
}

TEST_CASE("runner: more processes than repeats still all contribute") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1");
    SweepOptions options;
    options.processes = 7;
    options.stopping = {1, 0, 2, 60, 0.02};
    run_sweep(sweep, options, hooks_of(clip), clock);
    CHECK(clip.starts == 7);
    CHECK(counting(sweep.cases[0]) == 7);
}

TEST_CASE("runner: a budget gives all cases the same time and is kept") {
    FakeClock clock;
    FakeClip clip(clock);
    clip.set("1", noisy);
    clip.set("2", [](int pass) { return good_sample(pass % 2 == 0 ? 4 : 6); });
    Sweep sweep = batch_sweep("1,2");
    SweepOptions options;
    options.budget_s = 60;
    options.stopping = {5, 0.5, 1000, 1000, 0.02};
    const double begin_s = clock.now_s();
    run_sweep(sweep, options, hooks_of(clip), clock);
    const double spent_s = clock.now_s() - begin_s;
    CHECK(spent_s > 54);
    CHECK(spent_s <= 62);  // a pass may take longer than those before it
    const auto time_of = [](const Case& measured) {
        double total_s = 0;
        for (const Sample& sample : measured.samples) {
            total_s += sample.wall_s;
        }
        return total_s;
    };
    CHECK(time_of(sweep.cases[0]) == doctest::Approx(30).epsilon(0.2));
    CHECK(time_of(sweep.cases[1]) == doctest::Approx(30).epsilon(0.2));
    CHECK(sweep.cases[0].stopped == StopReason::kBudget);
    CHECK(sweep.cases[0].bottleneck == "summarized");
}

TEST_CASE("runner: cases that the budget does not reach say so") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1-8");
    SweepOptions options;
    options.budget_s = 5;
    run_sweep(sweep, options, hooks_of(clip), clock);
    CHECK(clip.order.size() == 5);
    int without = 0;
    for (const Case& measured : sweep.cases) {
        CHECK(measured.stopped == StopReason::kBudget);
        CHECK_FALSE(is_finished(measured));
        without += measured.failure ==
                           "no sample: the budget of 5 s ended before its turn; give a larger "
                           "--budget or sweep less"
                       ? 1
                       : 0;
    }
    CHECK(without == 6);
}

TEST_CASE("runner: an interrupt keeps what was measured") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1-4");
    SweepHooks hooks = hooks_of(clip);
    hooks.interrupted = [&] { return clip.order.size() >= 11; };
    run_sweep(sweep, {}, hooks, clock);
    CHECK(clip.order.size() == 11);
    for (const Case& measured : sweep.cases) {
        CHECK(measured.stopped == StopReason::kInterrupted);
        CHECK(measured.failure.empty());
        CHECK(counting(measured) >= 1);
        CHECK(measured.bottleneck == "summarized");
    }
}

TEST_CASE("runner: a pass that an interrupt broke is no failure of its case") {
    FakeClock clock;
    FakeClip clip(clock);
    bool stop = false;
    clip.set("1", [&](int pass) {
        Sample sample = good_sample(1);
        if (pass == 4) {
            stop = true;
            sample.work.frames_out = 1;
        }
        return sample;
    });
    clip.set("2", [&](int pass) -> Sample {
        if (pass == 2) {
            stop = true;
            throw Error("interrupted");
        }
        return good_sample(1);
    });
    for (const char* value : {"1", "2"}) {
        stop = false;
        Sweep sweep = batch_sweep(value);
        SweepHooks hooks = hooks_of(clip);
        hooks.interrupted = [&] { return stop; };
        run_sweep(sweep, {}, hooks, clock);
        CHECK(sweep.cases[0].stopped == StopReason::kInterrupted);
        CHECK(sweep.cases[0].failure.empty());
    }
}

TEST_CASE("runner: a case that had no turn before an interrupt says so") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1,2");
    SweepHooks hooks = hooks_of(clip);
    hooks.interrupted = [] { return true; };
    run_sweep(sweep, {}, hooks, clock);
    CHECK(clip.order.empty());
    CHECK(sweep.cases[0].failure ==
          "no sample: the sweep was interrupted before its turn; --resume goes on");
}

TEST_CASE("runner: finished cases are left alone and order goes on behind theirs") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1,2");
    Case& taken = sweep.cases[0];
    taken.stopped = StopReason::kNarrow;
    taken.samples = {good_sample(1)};
    taken.samples[0].order = 40;
    taken.samples[0].process = 2;
    run_sweep(sweep, {}, hooks_of(clip), clock);
    CHECK(taken.samples.size() == 1);
    CHECK(taken.bottleneck.empty());
    CHECK(sweep.cases[1].samples[0].order == 41);
    CHECK(sweep.cases[1].samples[0].process == 3);
}

TEST_CASE("runner: figures that cannot be made fail their case only") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1,2");
    SweepHooks hooks = hooks_of(clip);
    hooks.summarize = [](Case& measured) {
        if (measured.id == "batch=1") {
            throw Error("no poses to compare with");
        }
    };
    run_sweep(sweep, {}, hooks, clock);
    CHECK(case_named(sweep, "batch=1").failure == "no poses to compare with");
    CHECK(case_named(sweep, "batch=2").failure.empty());
}

TEST_CASE("runner: progress tells what is measured and what is left") {
    FakeClock clock;
    FakeClip clip(clock);
    Sweep sweep = batch_sweep("1,2");
    SweepHooks hooks = hooks_of(clip);
    std::vector<SweepProgress> told;
    hooks.progress = [&](const SweepProgress& progress) { told.push_back(progress); };
    run_sweep(sweep, {}, hooks, clock);
    REQUIRE(told.size() == 12);
    CHECK(told[0].remaining_s == 0);  // nothing is known yet
    CHECK(told[4].remaining_s == doctest::Approx(8));
    CHECK(told[4].elapsed_s == doctest::Approx(4));
    CHECK(told[4].round == 1);
    CHECK(told[11].cases_done == 1);
    CHECK(told[11].samples == 11);
}

TEST_CASE("runner: options that cannot be used are refused by the name of the flag") {
    SweepOptions options;
    options.processes = 0;
    CHECK_THROWS_WITH_AS(validate(options), doctest::Contains("--processes 0"), ConfigError);
    options.processes = 65;
    CHECK_THROWS_WITH_AS(validate(options), doctest::Contains("--processes 65"), ConfigError);
    options.processes = 1;
    options.warm_ups = -1;
    CHECK_THROWS_WITH_AS(validate(options), doctest::Contains("--warm-ups -1"), ConfigError);
    options.warm_ups = 0;
    options.budget_s = 0;
    CHECK_THROWS_WITH_AS(validate(options), doctest::Contains("--budget 0"), ConfigError);
    options.budget_s = 1;
    CHECK_NOTHROW(validate(options));
}

}  // namespace
}  // namespace closet::bench
