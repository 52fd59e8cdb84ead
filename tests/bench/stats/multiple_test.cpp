#include "bench/stats/multiple.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "bench/stats/bootstrap.h"
#include "bench/stats/experiments.h"
#include "core/error.h"

using namespace closet::bench;

namespace {

/// Contrasts of values with a standard error, known as well as a normal distribution.
ContrastOf between(std::vector<double> values, double error) {
    return [values, error](std::size_t a, std::size_t b) {
        return Contrast{values[a] - values[b], error, 1e9};
    };
}

}  // namespace

TEST_CASE("holm: adjusts the p-values of a worked example") {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    const std::vector<double> adjusted = holm(std::vector<double>{0.01, 0.04, 0.03, 0.005});
    CHECK(adjusted[0] == doctest::Approx(0.03));
    CHECK(adjusted[1] == doctest::Approx(0.06));
    CHECK(adjusted[2] == doctest::Approx(0.06));
    CHECK(adjusted[3] == doctest::Approx(0.02));
    CHECK(holm(std::vector<double>{0.6, 0.7})[0] == 1);
    CHECK(holm({}).empty());
}

TEST_CASE("best: of two cases the test is one-sided at half the error each") {
    // z = 1.96 has a one-sided p of 0.025.
    const auto close = compare_with_best(2, between({0, 1.95}, 1));
    CHECK(close[0].may_be_best);
    CHECK(close[1].may_be_best);
    const auto apart = compare_with_best(2, between({0, 1.97}, 1));
    CHECK_FALSE(apart[0].may_be_best);
    CHECK(apart[1].may_be_best);
    CHECK(apart[0].behind_best.value == doctest::Approx(-1.97));
    CHECK(apart[0].behind_best.high == doctest::Approx(-1.97 + 1.959964));
    CHECK(apart[0].behind_best.level == doctest::Approx(0.95));
}

TEST_CASE("best: three cases by hand step by step") {
    // The first step asks for p <= 0.05 / 3 / 2 (z 2.394), the next for 0.05 / 2 / 2 (z 2.241).
    const auto marks = compare_with_best(3, between({0, 10, 7.7}, 1));
    CHECK_FALSE(marks[0].may_be_best);
    CHECK(marks[1].may_be_best);
    CHECK_FALSE(marks[2].may_be_best);
    CHECK(marks[0].behind_best.high == doctest::Approx(-10 + 2.39398).epsilon(1e-5));
    CHECK(marks[2].behind_best.high == doctest::Approx(-2.3 + 2.241403).epsilon(1e-5));
    CHECK(marks[1].behind_best.value == doctest::Approx(2.3));
    // Without the step it would have stayed.
    CHECK(compare_with_best(3, between({9, 10, 7.7}, 1))[2].may_be_best);
}

TEST_CASE("best: exact ties and cases of which nothing is known stay among the best") {
    for (const BestComparison& mark : compare_with_best(4, between({1, 1, 1, 1}, 0))) {
        CHECK(mark.may_be_best);
        CHECK(mark.behind_best.low == 0);
        CHECK(mark.behind_best.high == 0);
    }
    const std::vector<std::vector<double>> samples{{10, 10.1, 10.2}, {5, 5.1, 5.2}, {7}};
    const auto marks = compare_speeds_with_best(samples, Pairing::kIndependent);
    CHECK(marks[0].may_be_best);
    CHECK_FALSE(marks[1].may_be_best);
    CHECK(marks[2].may_be_best);
    CHECK(marks[1].behind_best.value == doctest::Approx(5.1 / 10.1).epsilon(0.001));
    CHECK(compare_with_best(1, between({1}, 1))[0].may_be_best);
    CHECK(compare_with_best(0, between({}, 1)).empty());
}

TEST_CASE("best: two identical cases are never ranked") {
    const std::vector<double> samples{10.3, 9.8, 10.1, 9.9, 10.4};
    const std::vector<std::vector<double>> cases{samples, samples, {5, 5.2, 5.1, 5.0, 4.9}};
    for (Pairing pairing : {Pairing::kByRound, Pairing::kIndependent}) {
        const auto marks = compare_speeds_with_best(cases, pairing);
        CHECK(marks[0].may_be_best);
        CHECK(marks[1].may_be_best);
        CHECK_FALSE(marks[2].may_be_best);
    }
}

TEST_CASE("best: of eight equal noisy cases any is dropped in at most 5 % of sweeps") {
    constexpr int kTrials = 600;
    const double chance = 0.018;  // twice the standard error of 5 % in so many trials
    for (std::size_t count : {5, 10}) {
        const Rounds rounds{NoiseModel::kNormal, count, 0.02, std::vector<double>(8, 1)};
        CHECK(best_errors(rounds, Pairing::kByRound, kTrials).best_dropped <= 0.05 + chance);
    }
    const Rounds apart{NoiseModel::kNormal, 10, 0.02, {1, 1, 0.9, 0.9}};
    CHECK(best_errors(apart, Pairing::kByRound, kTrials / 4).others_kept < 0.05);
}

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

TEST_CASE("pareto: clear cases are on the frontier or dominated") {
    // Fast and poor, slow and fine, slow and poor.
    const auto marks = pareto(3, between({10, 1, 2}, 0.1), between({1, 10, 0}, 0.1));
    CHECK(marks[0] == ParetoMark::kFrontier);
    CHECK(marks[1] == ParetoMark::kFrontier);
    CHECK(marks[2] == ParetoMark::kDominated);
}

TEST_CASE("pareto: what noise could turn stays undecided") {
    const auto marks = pareto(2, between({1, 1.1}, 1), between({1, 1.1}, 1));
    CHECK(marks[0] == ParetoMark::kUndecided);
    CHECK(marks[1] == ParetoMark::kUndecided);
    // Faster for sure, but it could be poorer: no domination is shown.
    CHECK(pareto(2, between({1, 9}, 0.1), between({1, 1.1}, 1))[0] == ParetoMark::kUndecided);
    CHECK(pareto(2, between({1, 9}, 0.1), between({1, 1.1}, 1))[1] == ParetoMark::kFrontier);
}

TEST_CASE("pareto: with exactly equal quality the speed decides") {
    const auto marks = pareto(2, between({1, 9}, 0.1), between({3, 3}, 0));
    CHECK(marks[0] == ParetoMark::kDominated);
    CHECK(marks[1] == ParetoMark::kFrontier);
    for (ParetoMark mark : pareto(3, between({1, 1, 1}, 0), between({3, 3, 3}, 0))) {
        CHECK(mark == ParetoMark::kFrontier);  // equals do not dominate each other
    }
}

TEST_CASE("pareto: the level is shared by the cases") {
    // z = 2.1: one-sided 0.018, enough for one of two cases but not for one of eight.
    std::vector<double> speeds(2, 0), quality(2, 5);
    speeds[0] = -2.1;
    CHECK(pareto(2, between(speeds, 1), between(quality, 0))[0] == ParetoMark::kDominated);
    speeds.resize(8, 0);
    quality.resize(8, 5);
    CHECK(pareto(8, between(speeds, 1), between(quality, 0))[0] == ParetoMark::kUndecided);
    CHECK(pareto(0, between({}, 1), between({}, 1)).empty());
    CHECK(pareto(1, between({1}, 1), between({1}, 1))[0] == ParetoMark::kFrontier);
}

TEST_CASE("pareto: differences of joint replicates are those of the frames") {
    Random random(2);
    const std::vector<double> frames = draw_autoregressive(100, 0.5, random);
    std::vector<double> poorer = frames;
    for (double& frame : poorer) {
        frame -= 0.5;
    }
    const Replicates a = block_replicates(100, 10, frame_mean(frames));
    const Replicates b = block_replicates(100, 10, frame_mean(poorer));
    const Contrast contrast = contrast_of(a, b);
    CHECK(contrast.value == doctest::Approx(0.5));
    CHECK(contrast.standard_error < 1e-9);
    CHECK(contrast.degrees == doctest::Approx(9));
    CHECK(contrast_of(a, a).standard_error == 0);
    Replicates lost = b;
    lost.values.assign(lost.values.size(), std::nan(""));
    CHECK_FALSE(is_known(interval_of(contrast_of(a, lost))));
}

TEST_CASE("pareto: differences of intervals add their errors as independent") {
    const Contrast contrast = contrast_of(Estimate{5, 5 - 3 * 1.959964, 5 + 3 * 1.959964},
                                          Estimate{2, 2 - 4 * 1.959964, 2 + 4 * 1.959964});
    CHECK(contrast.value == 3);
    CHECK(contrast.standard_error == doctest::Approx(5));
    CHECK_FALSE(is_known(interval_of(contrast_of(unknown_interval(1), Estimate{1, 1, 1}))));
}

TEST_CASE("pareto: marks of a noisy staircase are false in at most 5 % of sweeps") {
    const ParetoErrors errors = pareto_errors({1, 1.3, 0.9, 1.2}, {6, 4, 5, 3}, 10, 100);
    CHECK(errors.any_false <= 0.05);
    CHECK(errors.decided > 0.7);
}
