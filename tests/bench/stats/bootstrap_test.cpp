#include "bench/stats/bootstrap.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include "core/error.h"
#include "experiments.h"

using namespace closet::bench;

namespace {

const std::vector<double> kSpeeds{24.1, 24.3, 23.9, 24.0, 24.6, 24.2, 21.0, 24.4};

}  // namespace

TEST_CASE("bootstrap: the interval holds the median and depends on the seed alone") {
    const Estimate a = bootstrap_median(kSpeeds, {.seed = 3});
    const Estimate b = bootstrap_median(kSpeeds, {.seed = 3});
    CHECK(a.value == doctest::Approx(24.15));
    CHECK(a.low < a.value);
    CHECK(a.value < a.high);
    CHECK(a.low == b.low);
    CHECK(a.high == b.high);
    CHECK(bootstrap_median(kSpeeds, {.seed = 4}).low != a.low);
    CHECK(bootstrap_median(kSpeeds, {.level = 0.99, .seed = 3}).low < a.low);
}

TEST_CASE("bootstrap: of three values the error of the median is known by hand") {
    // Resamples of 1, e, e^2 have those as medians in 7, 13 and 7 of 27: variance 14/27 of the log.
    const double e = std::exp(1.0);
    const Estimate estimate =
        bootstrap_median(std::vector<double>{1, e, e * e}, {.resamples = 400000});
    const double student_2 = 4.302652729911275;  // R: qt(0.975, 2)
    CHECK(std::log(estimate.high / estimate.value) ==
          doctest::Approx(student_2 * std::sqrt(14.0 / 27)).epsilon(0.005));
    CHECK(estimate.value / estimate.low == doctest::Approx(estimate.high / estimate.value));
}

TEST_CASE("bootstrap: the mean of nearly equal samples has the interval of Student") {
    const Estimate estimate =
        bootstrap_mean(std::vector<double>{99, 100, 101, 102, 98}, {.resamples = 100000});
    CHECK(estimate.value == 100);
    // 2.776 * sqrt(2.5 / 5)
    CHECK(estimate.high - 100 == doctest::Approx(1.963).epsilon(0.02));
}

TEST_CASE("bootstrap: one sample leaves its interval unknown and none has no value") {
    const Estimate one = bootstrap_median(std::vector<double>{5});
    CHECK(one.value == 5);
    CHECK_FALSE(is_known(one));
    CHECK(std::isnan(bootstrap_median({}).value));
    CHECK_FALSE(is_known(bootstrap_mean({})));
    const Estimate equal = bootstrap_median(std::vector<double>{5, 5, 5});
    CHECK(equal.low == 5);
    CHECK(equal.high == 5);
}

TEST_CASE("bootstrap: refuses samples that are no speeds") {
    for (double odd : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                       std::numeric_limits<double>::quiet_NaN()}) {
        CHECK_THROWS_AS(bootstrap_median(std::vector<double>{1, odd}), closet::Error);
        CHECK_THROWS_AS(bootstrap_mean(std::vector<double>{odd}), closet::Error);
    }
}

TEST_CASE("bootstrap: 95 % intervals of the median hold it in 94 % of small noisy sets") {
    constexpr int kTrials = 1500;
    const double chance = 0.012;  // twice the standard error of 94 % in so many trials
    for (NoiseModel model : {NoiseModel::kNormal, NoiseModel::kLogNormal}) {
        for (std::size_t count : {5, 8, 12}) {
            Random random(count);
            const double covered = coverage(kTrials, 100, [&](int trial) {
                return bootstrap_median(draw_many(model, count, random),
                                        {0.95, 200, static_cast<std::uint64_t>(trial)});
            });
            CAPTURE(count);
            CHECK(covered >= 0.94 - chance);
        }
    }
}
