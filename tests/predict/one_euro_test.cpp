#include "predict/one_euro.h"

#include <cmath>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

namespace closet {
namespace {

TEST_CASE("one euro: what stands still stays and the first values pass") {
    OneEuroFilter filter({.min_cutoff_hz = 1.0, .beta = 0.5, .derivative_cutoff_hz = 1.0});
    CHECK(filter.smooth(0.0, {3.0, -2.0}, 1.0) == std::vector{3.0, -2.0});
    for (int i = 1; i < 10; ++i) {
        CHECK(filter.smooth(i / 30.0, {3.0, -2.0}, 1.0) == std::vector{3.0, -2.0});
    }
    CHECK(filter.speeds() == std::vector{0.0, 0.0});
}

TEST_CASE("one euro: one step by hand") {
    // Rate 10 Hz; the derivative's alpha for 1 Hz is 1 / (1 + 10 / 2 pi) = .38587; speed 10 *
    // .38587; cut-off 1 + .1 * 3.8587 = 1.38587; alpha 1 / (1 + 10 / (2 pi 1.38587)) = .46547.
    OneEuroFilter filter({.min_cutoff_hz = 1.0, .beta = 0.1, .derivative_cutoff_hz = 1.0});
    filter.smooth(0.0, {0.0}, 1.0);
    CHECK(filter.smooth(0.1, {1.0}, 1.0)[0] == doctest::Approx(0.46547).epsilon(1e-4));
    CHECK(filter.speeds()[0] == doctest::Approx(3.8587).epsilon(1e-4));
    CHECK(filter.lag_s(0) == doctest::Approx(1 / (2 * std::numbers::pi * 1.38587)).epsilon(1e-4));
}

TEST_CASE("one euro: the lag is that of a value which moves uniformly") {
    OneEuroFilter filter({.min_cutoff_hz = 0.7, .beta = 0.3, .derivative_cutoff_hz = 2.0});
    double smoothed = 0;
    for (int i = 0; i <= 200; ++i) {
        smoothed = filter.smooth(i / 20.0, {2.5 * i / 20.0}, 1.0)[0];
    }
    CHECK(filter.speeds()[0] == doctest::Approx(2.5));
    CHECK(smoothed + 2.5 * filter.lag_s(0) == doctest::Approx(25.0));
}

TEST_CASE("one euro: times that do not grow are survived") {
    OneEuroFilter filter({});
    filter.smooth(1.0, {0.0}, 1.0);
    CHECK(std::isfinite(filter.smooth(1.0, {1.0}, 1.0)[0]));
    CHECK(std::isfinite(filter.smooth(0.5, {1.0}, 1.0)[0]));
}

}  // namespace
}  // namespace closet
