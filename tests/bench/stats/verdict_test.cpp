#include "bench/stats/verdict.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/error.h"
#include "experiments.h"

using namespace closet::bench;

TEST_CASE("verdict: read from the interval and the margin") {
    const double margin = 0.05;
    CHECK(verdict_of({0.03, 0.01, 0.05}, margin) == Verdict::kBetter);
    CHECK(verdict_of({-0.10, -0.12, -0.08}, margin) == Verdict::kWorse);
    CHECK(verdict_of({0, -0.02, 0.02}, margin) == Verdict::kSame);
    CHECK(verdict_of({-0.02, -0.03, -0.01}, margin) == Verdict::kSame);  // slower but allowed
    CHECK(verdict_of({-0.04, -0.07, -0.01}, margin) == Verdict::kInconclusive);
    CHECK(verdict_of({-0.10, -0.25, 0.05}, margin) == Verdict::kInconclusive);
    CHECK(verdict_of({0, 0, 0}, 0) == Verdict::kSame);
    CHECK(verdict_of(unknown_interval(-0.5), margin) == Verdict::kInconclusive);
    CHECK(verdict_of({std::nan(""), 1, 2}, margin) == Verdict::kInconclusive);
    CHECK(name_of(Verdict::kInconclusive) == "inconclusive");
    CHECK(name_of(Verdict::kWorse) == "worse");
}

TEST_CASE("verdict: cases share the error as Holm has it") {
    // z of 2.3 has a p of 0.021: enough alone and after another was found, not as first of three.
    const double known = 1e9;
    const Contrast weak{-2.3, 1, known}, strong{-9, 1, known}, none{0, 1, known};
    CHECK(judge(std::vector{weak}, 0)[0].verdict == Verdict::kWorse);
    const auto first = judge(std::vector{weak, none, none}, 0);
    CHECK(first[0].verdict == Verdict::kInconclusive);
    CHECK(first[0].change.level == doctest::Approx(1 - 0.05 / 3));
    const auto second = judge(std::vector{weak, strong}, 0);
    CHECK(second[0].verdict == Verdict::kWorse);
    CHECK(second[0].change.level == doctest::Approx(0.95));
    CHECK(second[1].change.level == doctest::Approx(0.975));
    CHECK(judge({}, 0).empty());
}

TEST_CASE("verdict: speeds are judged as fractions of the base") {
    const Contrast slower{std::log(0.9), 0.01, 20};
    const Change change = judge_speeds(std::vector{slower}, 0.05)[0];
    CHECK(change.verdict == Verdict::kWorse);
    CHECK(change.change.value == doctest::Approx(-0.1));
    CHECK(change.change.low < -0.1);
    CHECK(change.change.high < -0.05);
    // Exactly the margin is not beyond it.
    const Contrast edge{std::log(0.9501), 1e-5, 20};
    CHECK(judge_speeds(std::vector{edge}, 0.05)[0].verdict == Verdict::kSame);
    CHECK_THROWS_AS(judge_speeds(std::vector{slower}, 1), closet::Error);
    CHECK_THROWS_AS(judge_speeds(std::vector{slower}, -0.1), closet::Error);
    CHECK_THROWS_AS(judge(std::vector{slower}, std::nan("")), closet::Error);
}

TEST_CASE("verdict: false alarms over all cases stay below 5 % without any margin") {
    VerdictTrial trial;
    trial.cases = 8;
    trial.margin = 0;
    const VerdictErrors errors = verdict_errors(trial, 1000);
    CHECK(errors.any_worse <= 0.05);
    CHECK(errors.any_change <= 0.065);  // 5 % and twice the chance of 1000 trials
}

TEST_CASE("verdict: a slowdown of 10 % is found with ten samples a side") {
    VerdictTrial trial;
    trial.cases = 8;
    trial.slow = 1;
    const VerdictErrors errors = verdict_errors(trial, 300);
    CHECK(errors.found > 0.95);
    CHECK(errors.any_worse <= 0.05);
}
