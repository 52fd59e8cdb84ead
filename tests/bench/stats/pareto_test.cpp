#include "bench/stats/pareto.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "bench/stats/block_bootstrap.h"
#include "experiments.h"

using namespace closet::bench;

namespace {

ContrastOf between(std::vector<double> values, double error) {
    return [values, error](std::size_t a, std::size_t b) {
        return Contrast{values[a] - values[b], error, 1e9};
    };
}

}  // namespace

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
