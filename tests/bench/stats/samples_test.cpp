#include "bench/stats/samples.h"

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"

using namespace closet::bench;

namespace {

const std::vector<double> kLost{15, 4, 42, 8, 23, 16};

}  // namespace

TEST_CASE("quantile: type 7 by hand and as NumPy has it") {
    CHECK(quantile(std::vector<double>{1, 2, 3, 4}, 0.25) == 1.75);
    CHECK(quantile(kLost, 0.1) == doctest::Approx(6));
    CHECK(quantile(kLost, 0.25) == doctest::Approx(9.75));
    CHECK(quantile(kLost, 0.75) == doctest::Approx(21.25));
    CHECK(quantile(kLost, 0.9) == doctest::Approx(32.5));
    CHECK(quantile(kLost, 0) == 4);
    CHECK(quantile(kLost, 1) == 42);
    CHECK(median(kLost) == 15.5);
    const Quartiles quarters = quartiles(kLost);
    CHECK(quarters.lower == doctest::Approx(9.75));
    CHECK(quarters.median == doctest::Approx(15.5));
    CHECK(quarters.upper == doctest::Approx(21.25));
    CHECK(median_absolute_deviation(kLost) == doctest::Approx(7.5));
}

TEST_CASE("quantile: one value is every quantile and none is not a number") {
    CHECK(quantile(std::vector<double>{3}, 0.9) == 3);
    CHECK(median_absolute_deviation(std::vector<double>{3}) == 0);
    CHECK(std::isnan(median({})));
    CHECK(std::isnan(quartiles({}).upper));
    CHECK(std::isnan(median_absolute_deviation({})));
}

TEST_CASE("quantile: refuses what is not finite and says which") {
    const std::vector<double> odd{1, std::numeric_limits<double>::quiet_NaN()};
    CHECK_THROWS_WITH_AS(
        median(odd), "value 2 of 2 is nan, but statistics take finite numbers only", closet::Error);
    const std::vector<double> endless{std::numeric_limits<double>::infinity()};
    CHECK_THROWS_AS(quartiles(endless), closet::Error);
}

TEST_CASE("trimmed mean: by hand for ten values") {
    // 1 and 100 go: the mean of 2..9; Winsorized 2 2 3 4 5 6 7 8 9 9 have squares of 66.5
    // about 5.5.
    const TrimmedMean mean = trimmed_mean(std::vector<double>{100, 2, 3, 4, 5, 6, 7, 8, 9, 1});
    CHECK(mean.value == doctest::Approx(5.5));
    CHECK(mean.degrees == 6);  // 8 kept less one less one that was cut at either end
    CHECK(mean.standard_error == doctest::Approx(std::sqrt(66.5 / (8 * 7))));
    const TrimmedMean nine = trimmed_mean(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 90});
    CHECK(nine.value == doctest::Approx(14));
    CHECK(nine.degrees == 8);
}

TEST_CASE("trimmed mean: values that differ at the ends only are not taken for certain") {
    std::vector<double> values(12, 5.0);
    CHECK(trimmed_mean(values).standard_error == 0);
    values.front() = 4;
    CHECK(trimmed_mean(values).standard_error > 0);
}
