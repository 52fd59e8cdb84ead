#include "bench/compare/ab.h"

#include <memory>
#include <random>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "bench/quality/case_statistics.h"
#include "bench/stats/bootstrap.h"
#include "core/error.h"

using namespace closet;
using namespace closet::bench;

namespace {

class HandClock : public Clock {
  public:
    double now_s() const override { return now; }
    double now = 0;
};

/// A build that takes `pass_s` with a little noise and moves the clock by it.
class FakeBuild : public CaseRunner {
  public:
    FakeBuild(HandClock& clock, double pass_s, unsigned seed)
        : clock_(clock), pass_s_(pass_s), bits_(seed) {}

    Sample run(const std::vector<Setting>& settings, bool) override {
        for (const Setting& setting : settings) {
            CHECK(setting.first == "batch");
        }
        Sample sample;
        const double noise = static_cast<double>(bits_()) / 4294967296.0 - 0.5;
        sample.wall_s = pass_s_ * (1 + 0.03 * noise);
        clock_.now += sample.wall_s;
        sample.work.frames_in = sample.work.frames_out = 100;
        sample.work.key_frames = 20;
        sample.work.poses_digest = "the same";
        return sample;
    }

  private:
    HandClock& clock_;
    double pass_s_;
    std::mt19937 bits_;
};

SweepOptions options_of(int repeats) {
    SweepOptions options;
    options.stopping.min_repeats = options.stopping.max_repeats = repeats;
    return options;
}

Comparison compare_made(double base_s, double next_s, unsigned seed) {
    HandClock clock;
    Sweep sweep;
    sweep.context.seed = seed;
    for (const char* batch : {"1", "2"}) {
        Case planned;
        planned.id = fmt::format("batch={}", batch);
        planned.settings = {{"batch", batch}};
        sweep.cases.push_back(planned);
    }
    SweepHooks hooks;
    hooks.interval_of = [](std::span<const double> s) { return bootstrap_median(s); };
    hooks.summarize = [](Case& measured) { fill_statistics(measured, 2); };
    const TwoSweeps both = run_ab(
        sweep, options_of(10), hooks,
        [&] { return std::make_unique<FakeBuild>(clock, base_s, seed); },
        [&] { return std::make_unique<FakeBuild>(clock, next_s, seed + 1); }, clock);
    REQUIRE(both.base.cases.size() == 2);
    REQUIRE(both.next.cases.size() == 2);
    CHECK(both.base.cases[1].id == "batch=2");
    CHECK(both.base.cases[1].settings.size() == 1);
    return compare_results(both.base, both.next, {.pairing = Pairing::kByRound});
}

}  // namespace

TEST_CASE("a planted slowdown of 10 percent is found between two builds") {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        CHECK(compare_made(1.0, 1.1, seed).verdict() == Verdict::kWorse);
    }
}

TEST_CASE("a build against itself raises no alarm") {
    int alarms = 0;
    for (unsigned seed = 100; seed < 120; ++seed) {
        const Comparison comparison = compare_made(1.0, 1.0, seed);
        const NoiseFloor floor = noise_floor(comparison);
        alarms += floor.false_alarm ? 1 : 0;
        CHECK(floor.largest_change < 0.03);
        CHECK(floor.largest_bound >= floor.largest_change);
    }
    CHECK(alarms <= 1);
}

TEST_CASE("builds stand in the same rounds") {
    HandClock clock;
    Sweep sweep;
    Case planned;
    planned.id = "default";
    sweep.cases = {planned};
    SweepHooks hooks;
    hooks.interval_of = [](std::span<const double> s) { return bootstrap_median(s); };
    hooks.summarize = [](Case& measured) { fill_statistics(measured, 2); };
    const StartRunner start = [&] { return std::make_unique<FakeBuild>(clock, 1.0, 3); };
    const TwoSweeps both = run_ab(sweep, options_of(8), hooks, start, start, clock);
    const auto& base = both.base.cases[0].samples;
    const auto& next = both.next.cases[0].samples;
    REQUIRE(base.size() == next.size());
    int base_first = 0;
    for (std::size_t i = 0; i < base.size(); ++i) {
        // Neighbors, but for a warm-up between them.
        CHECK(std::abs(base[i].order - next[i].order) <= 2);
        base_first += base[i].order < next[i].order ? 1 : 0;
    }
    CHECK(base_first > 0);
    CHECK(base_first < static_cast<int>(base.size()));
}

TEST_CASE("builds: what was called slower is measured once more and work that differs is named") {
    HandClock clock;
    Sweep sweep;
    Case planned;
    planned.id = "batch=1";
    planned.settings = {{"batch", "1"}};
    sweep.cases = {planned};
    SweepHooks hooks;
    hooks.interval_of = [](std::span<const double> s) { return bootstrap_median(s); };
    hooks.summarize = [](Case& measured) { fill_statistics(measured, 2); };
    int told = 0, starts = 0;
    const auto start = [&](double pass_s) -> StartRunner {
        return [&, pass_s] {
            ++starts;
            return std::make_unique<FakeBuild>(clock, pass_s, 7);
        };
    };
    const auto measured = [&](const TwoSweeps& both) {
        ++told;
        CHECK(cases_with_other_work(both).empty());
        TwoSweeps other = both;
        other.next.cases[0].samples.back().work.poses_digest = "other";
        CHECK(cases_with_other_work(other).empty());  // the first pass that counts stands for all
        for (Sample& sample : other.next.cases[0].samples) {
            sample.work.poses_digest = "other";
        }
        CHECK(cases_with_other_work(other) == std::vector<std::string>{"batch=1"});
    };
    const AbResult slower =
        compare_builds(sweep, options_of(10), hooks, start(1.0), start(1.2), clock, {}, measured);
    CHECK(told == 1);
    CHECK(starts == 4);  // both builds, twice
    CHECK(slower.comparison.verdict() == Verdict::kWorse);
    REQUIRE(slower.comparison.cases[0].speed_again);
    CHECK(slower.both.base.cases[0].samples.size() == 11);

    const AbResult same =
        compare_builds(sweep, options_of(10), hooks, start(1.0), start(1.0), clock, {}, measured);
    CHECK(starts == 6);
    CHECK_FALSE(same.comparison.cases[0].speed_again);
}
