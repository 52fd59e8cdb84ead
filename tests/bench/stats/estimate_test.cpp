#include "bench/stats/estimate.h"

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include "bench/stats/experiments.h"
#include "bench/stats/samples.h"
#include "core/error.h"

using namespace closet::bench;

namespace {

constexpr double kNoSample = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> kA{10.1, 10.3, 9.9,   10.0, 10.4,  10.2,
                             9.8,  10.6, 10.05, 7.0,  10.15, 10.35};
const std::vector<double> kB{9.1, 9.3, 9.5, 9.0, 9.4, 9.25, 9.6, 9.15, 9.05, 9.45};

}  // namespace

// The numbers are those of scipy 1.17.1 on logarithms: ttest_ind(equal_var=False, trim=0.1) and
// ttest_rel, with their confidence intervals.
TEST_CASE("ratio: independent samples have the statistic of Yuen as scipy has it") {
    const Contrast contrast = log_ratio(kA, kB, Pairing::kIndependent);
    CHECK(contrast.value / contrast.standard_error == doctest::Approx(8.056464420957745));
    CHECK(contrast.degrees < 15.573204610155976);  // less, for what trimmed_mean() notes
    CHECK(contrast.degrees > 13);
}

TEST_CASE("ratio: independent samples too few to trim have the interval of Welch as scipy has it") {
    const std::span<const double> a(kA.data(), 6), b(kB.data(), 9);
    const Contrast contrast = log_ratio(a, b, Pairing::kIndependent);
    CHECK(contrast.value / contrast.standard_error == doctest::Approx(8.668720631534047));
    CHECK(contrast.degrees == doctest::Approx(12.239703739664419));
    CHECK(p_different(contrast) == doctest::Approx(1.4215323348872577e-06));
    const Estimate ratio = speed_ratio(a, b, Pairing::kIndependent);
    CHECK(std::log(ratio.low) == doctest::Approx(0.0687242915568274));
    CHECK(std::log(ratio.high) == doctest::Approx(0.11473545901747047));
}

TEST_CASE("ratio: samples by round have the interval of the paired test as scipy has it") {
    const std::span<const double> a(kA.data(), 6);
    const Contrast contrast = log_ratio(a, kB, Pairing::kByRound);
    CHECK(contrast.value / contrast.standard_error == doctest::Approx(9.013644673737435));
    CHECK(p_different(contrast) == doctest::Approx(0.0002806528358598106));
    CHECK(p_above(contrast) == doctest::Approx(0.0002806528358598106 / 2));
    CHECK(p_above(contrast, 1) > 0.99);
    const Estimate logs = interval_of(contrast);
    CHECK(logs.low == doctest::Approx(0.0657453567536037));
    CHECK(logs.high == doctest::Approx(0.11820606498970442));
}

TEST_CASE("ratio: a case against itself is 1 and swapping sides inverts it") {
    for (Pairing pairing : {Pairing::kIndependent, Pairing::kByRound}) {
        CHECK(speed_ratio(kA, kA, pairing).value == 1);
        const Estimate there = speed_ratio(kA, kB, pairing), back = speed_ratio(kB, kA, pairing);
        CHECK(there.low == doctest::Approx(1 / back.high));
    }
    CHECK(interval_of(log_ratio(kA, kA, Pairing::kByRound)).high == 0);
}

TEST_CASE("ratio: rounds without a sample are passed over") {
    const std::vector<double> a{10, kNoSample, 12, 13, 14}, b{9, 10, kNoSample, 12, 12.5};
    const std::vector<double> whole_a{10, 13, 14}, whole_b{9, 12, 12.5};
    const Contrast gaps = log_ratio(a, b, Pairing::kByRound);
    const Contrast whole = log_ratio(whole_a, whole_b, Pairing::kByRound);
    CHECK(gaps.value == whole.value);
    CHECK(gaps.standard_error == whole.standard_error);
    CHECK_THROWS_AS(log_ratio(a, b, Pairing::kIndependent), closet::Error);
}

TEST_CASE("ratio: too few samples tell nothing and odd ones are refused") {
    const std::vector<double> one{10}, three{9, 10, 11}, odd{9, -1, 11};
    for (Pairing pairing : {Pairing::kIndependent, Pairing::kByRound}) {
        const Contrast contrast = log_ratio(one, three, pairing);
        CHECK_FALSE(is_known(interval_of(contrast)));
        CHECK(p_different(contrast) == 1);
        CHECK(p_above(contrast) == 1);
        CHECK(p_different(log_ratio({}, three, pairing)) == 1);
        CHECK_THROWS_AS(log_ratio(odd, three, pairing), closet::Error);
    }
}

TEST_CASE("ratio: by round what disturbs a round cancels out") {
    Random random(4);
    const auto rounds = draw_rounds({NoiseModel::kNormal, 20, 0.001, {0.98, 1}}, random);
    const Estimate paired = speed_ratio(rounds[0], rounds[1], Pairing::kByRound);
    const Estimate independent = speed_ratio(rounds[0], rounds[1], Pairing::kIndependent);
    CHECK(paired.high - paired.low < 0.4 * (independent.high - independent.low));
    CHECK(paired.high < 1);
}
