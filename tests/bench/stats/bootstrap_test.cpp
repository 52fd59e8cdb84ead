#include "bench/stats/bootstrap.h"

#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "bench/stats/experiments.h"
#include "core/error.h"

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

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("blocks: every resample is made of whole runs of the clip that wrap around its end") {
    constexpr std::uint32_t kFrames = 20, kLength = 6;
    bool wrapped = false;
    block_replicates(kFrames, kLength, [&](std::span<const std::uint32_t> frames) {
        REQUIRE(frames.size() == kFrames);
        for (std::size_t i = 1; i < frames.size(); ++i) {
            REQUIRE(frames[i] < kFrames);
            if (i % kLength != 0) {
                CHECK(frames[i] == (frames[i - 1] + 1) % kFrames);
                wrapped = wrapped || frames[i] == 0;
            }
        }
        return 0.0;
    });
    CHECK(wrapped);
}

TEST_CASE("blocks: equal arguments resample the same frames so that differences are joint") {
    Random random(1);
    const std::vector<double> values = draw_autoregressive(60, 0.7, random);
    std::vector<double> shifted = values;
    for (double& value : shifted) {
        value += 0.25;
    }
    const Replicates a = block_replicates(60, 10, frame_mean(values));
    const Replicates b = block_replicates(60, 10, frame_mean(shifted));
    CHECK(a.degrees == doctest::Approx(5));
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        REQUIRE(b.values[i] - a.values[i] == doctest::Approx(0.25));
    }
}

TEST_CASE("blocks: a mean passes over frames without a value and heeds weights") {
    const std::vector<double> values{1, kNone, 3, 5};
    const std::vector<double> weights{1, 9, 1, 0};
    const std::vector<std::uint32_t> all{0, 1, 2, 3}, none{1};
    CHECK(frame_mean(values)(all) == 3);
    CHECK(frame_mean(values, weights)(all) == 2);
    CHECK(std::isnan(frame_mean(values)(none)));
    const std::vector<double> short_weights{1}, negative{1, 1, 1, -1};
    CHECK_THROWS_AS(frame_mean(values, short_weights), closet::Error);
    CHECK_THROWS_AS(frame_mean(values, negative), closet::Error);
}

TEST_CASE("blocks: clips of no frames or one or without values leave the interval unknown") {
    CHECK_FALSE(is_known(bootstrap_frame_mean({}, {}, 5)));
    CHECK_FALSE(is_known(bootstrap_frame_mean(std::vector<double>{1}, {}, 5)));
    CHECK_FALSE(is_known(bootstrap_frame_mean(std::vector<double>{kNone, kNone, kNone}, {}, 5)));
    const Estimate three = bootstrap_frame_mean(std::vector<double>{1, 2, 3}, {}, 12);
    CHECK(is_known(three));
    CHECK(three.value == 2);
    const Estimate equal = bootstrap_frame_mean(std::vector<double>(50, 0.5), {}, 12);
    CHECK(equal.low == 0.5);
    CHECK(equal.high == 0.5);
    const std::vector<double> endless{1, 2, std::numeric_limits<double>::infinity()};
    CHECK_THROWS_AS(bootstrap_frame_mean(endless, {}, 1), closet::Error);
}

TEST_CASE("blocks: their length grows with correlation and keeps its bounds") {
    Random random(5);
    const std::vector<double> white = draw_autoregressive(400, 0, random);
    const std::vector<double> smooth = draw_autoregressive(400, 0.9, random);
    CHECK(block_length(white) <= 15);
    CHECK(block_length(smooth) >= 30);
    CHECK(block_length(white, 40) == 40);
    CHECK(block_length(white, 1000) == 100);
    CHECK(block_length(std::vector<double>(13, 1.0), 12) == 3);
    CHECK(block_length(std::vector<double>{1, 2, 3}, 12) == 1);
    CHECK(block_length({}) == 1);
    std::vector<double> gaps = smooth;
    for (std::size_t i = 0; i < gaps.size(); i += 3) {
        gaps[i] = kNone;
    }
    CHECK(block_length(gaps) >= 20);
}

TEST_CASE("blocks: their length is three times that of Politis and White for a known process") {
    // AR(1) with correlation r: (3/2 (2 r / (1 - r^2))^2 n)^(1/3), for r = 0.5 and n = 20000: 37.6.
    Random random(9);
    const std::vector<double> values = draw_autoregressive(20000, 0.5, random);
    CHECK(block_length(values) == doctest::Approx(3 * 37.6).epsilon(0.2));
}

TEST_CASE("blocks: intervals of correlated frames hold the mean where single frames do not") {
    constexpr int kTrials = 250;
    const auto covered = [](std::uint32_t least, bool single) {
        Random random(3);
        return coverage(kTrials, 0, [&](int trial) {
            const BootstrapOptions options{0.95, 300, static_cast<std::uint64_t>(trial)};
            const std::vector<double> values = draw_autoregressive(150, 0.8, random);
            return single ? bootstrap_blocks(150, 1, frame_mean(values), options)
                          : bootstrap_frame_mean(values, {}, least, options);
        });
    };
    CHECK(covered(12, false) >= 0.91);
    CHECK(covered(1, true) < 0.70);
}
