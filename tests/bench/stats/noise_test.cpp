#include "bench/stats/noise.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/error.h"

using namespace closet::bench;

TEST_CASE("noise: an outlier is named by its place") {
    const Noise noise = inspect_noise(std::vector<double>{10, 10.1, 9.9, 10.05, 14, 9.95, 10});
    CHECK(noise.outliers == std::vector<std::size_t>{4});
    CHECK_FALSE(noise.slow_first);
}

TEST_CASE("noise: a slow first sample differs from a fast one") {
    CHECK(inspect_noise(std::vector<double>{14, 10, 10.1, 9.9, 10.05, 9.95}).slow_first);
    const Noise fast = inspect_noise(std::vector<double>{6, 10, 10.1, 9.9, 10.05, 9.95});
    CHECK_FALSE(fast.slow_first);
    CHECK(fast.outliers.size() == 1);
}

TEST_CASE("noise: an odd sample among equal ones is an outlier though their spread is 0") {
    std::vector<double> samples(12, 10.0);
    CHECK(inspect_noise(samples).outliers.empty());
    samples[3] = 10.5;
    CHECK(inspect_noise(samples).outliers == std::vector<std::size_t>{3});
}

TEST_CASE("noise: drift has the p-value of Mann and Kendall and the slope of Theil and Sen") {
    // scipy 1.17.1: theilslopes 0.0642857; S = 39 of 45 pairs, variance 125: z = 38 / sqrt(125).
    const Noise noise =
        inspect_noise(std::vector<double>{5.0, 5.1, 5.05, 5.2, 5.3, 5.25, 5.4, 5.45, 5.6, 5.5});
    CHECK(noise.drift_p == doctest::Approx(0.0006767641801210457));
    const double rise = 9 * 0.06428571428571431;
    CHECK(noise.drift == doctest::Approx(rise / (5.275 - rise / 2)));
    CHECK(noise.autocorrelation == doctest::Approx(0.681793292265572));
}

TEST_CASE("noise: steady samples show nothing") {
    const Noise noise = inspect_noise(std::vector<double>{10, 10.2, 9.9, 10.1, 9.95, 10.15, 10.05});
    CHECK(noise.outliers.empty());
    CHECK(noise.drift_p > 0.3);
    CHECK(inspect_noise(std::vector<double>(5, 3.0)).drift_p == 1);
    CHECK(inspect_noise(std::vector<double>(5, 3.0)).autocorrelation == 0);
}

TEST_CASE("noise: few samples tell nothing and many end in time") {
    CHECK(inspect_noise({}).drift_p == 1);
    CHECK(inspect_noise(std::vector<double>{1, 9}).outliers.empty());
    std::vector<double> many;
    for (int i = 0; i < 100000; ++i) {
        many.push_back(1 + i * 1e-6);
    }
    CHECK(inspect_noise(many).drift == doctest::Approx(0.1).epsilon(0.02));
    CHECK_THROWS_AS(inspect_noise(std::vector<double>{1, 0, 2}), closet::Error);
}
