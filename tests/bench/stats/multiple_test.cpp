#include "bench/stats/multiple.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "experiments.h"

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
