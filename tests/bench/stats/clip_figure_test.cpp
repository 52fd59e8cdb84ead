#include "bench/stats/clip_figure.h"

#include <cmath>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include "bench/stats/experiments.h"
#include "core/error.h"

using namespace closet::bench;

namespace {

constexpr double kRate = 24;  ///< frames a second

ClipFrames one_of(const std::vector<double>& values, const std::vector<double>& weights) {
    return {values, weights, kRate};
}

}  // namespace

TEST_CASE("clips: one clip gives what blocks of its frames give, to the bit") {
    Random random(4);
    const std::vector<double> values = draw_autoregressive(150, 0.8, random);
    const std::vector<double> weights(150, 1.0);
    const ClipFrames clip = one_of(values, weights);
    const Estimate one = bootstrap_clips({&clip, 1}, {0.95, 300, 9});
    const Estimate blocks = bootstrap_frame_mean(values, {}, 12, {0.95, 300, 9});
    CHECK(one.value == blocks.value);
    CHECK(one.low == blocks.low);
    CHECK(one.high == blocks.high);
}

TEST_CASE("clips: the figure is that of all frames and clips that say nothing change nothing") {
    const std::vector<double> a{2, 4, 6, 8}, b{30, 10}, nothing{0, 0, 0};
    const std::vector<double> weights_a{1, 1, 1, 1}, weights_b{3, 1}, none{0, 0, 0};
    const std::vector<ClipFrames> two{one_of(a, weights_a), one_of(b, weights_b)};
    const Estimate both = bootstrap_clips(two);
    CHECK(both.value == doctest::Approx(60.0 / 8));
    CHECK(is_known(both));
    std::vector<ClipFrames> three = two;
    three.push_back(one_of(nothing, none));
    CHECK(bootstrap_clips(three).value == both.value);
    CHECK(bootstrap_clips(three).low == doctest::Approx(both.low));
    const ClipFrames silent = one_of(nothing, none);
    CHECK(std::isnan(bootstrap_clips({&silent, 1}).value));
    CHECK(std::isnan(bootstrap_clips({}).value));
    CHECK_FALSE(is_known(bootstrap_clips({&silent, 1})));
    // A single frame shows no variance, so nothing is claimed of the whole.
    const std::vector<double> single{1}, weight{1};
    std::vector<ClipFrames> with_single = two;
    with_single.push_back(one_of(single, weight));
    CHECK_FALSE(is_known(bootstrap_clips(with_single)));
    const std::vector<double> endless{1, INFINITY, 2, 3};
    CHECK_THROWS_AS(one_of(endless, weights_a), closet::Error);
}

TEST_CASE("clips: more of them narrow the interval, as more frames would") {
    Random random(8);
    std::vector<std::vector<double>> values;
    const std::vector<double> weights(200, 1.0);
    std::vector<ClipFrames> clips;
    for (int i = 0; i < 4; ++i) {
        values.push_back(draw_autoregressive(200, 0.5, random));
    }
    for (const std::vector<double>& clip : values) {
        clips.push_back(one_of(clip, weights));
    }
    const Estimate one = bootstrap_clips({clips.data(), 1}), four = bootstrap_clips(clips);
    const double ratio = (four.high - four.low) / (one.high - one.low);
    CHECK(ratio > 0.35);
    CHECK(ratio < 0.65);
}

TEST_CASE("clips: a difference frame by frame is what no frame disturbs") {
    Random random(2);
    const std::vector<double> hard = draw_autoregressive(120, 0.9, random);
    std::vector<double> worse = hard;
    for (std::size_t i = 0; i < worse.size(); ++i) {
        worse[i] += i % 3 == 0 ? 0.3 : 0;
    }
    const std::vector<double> weights(120, 1.0);
    const std::vector<ClipFrames> a{one_of(worse, weights)}, b{one_of(hard, weights)};
    const Contrast paired = difference_over_clips(a, b);
    CHECK(paired.value == doctest::Approx(0.1));
    const Contrast apart = contrast_of(bootstrap_clips(a), bootstrap_clips(b));
    CHECK(paired.standard_error < apart.standard_error / 10);
    const Contrast same = difference_over_clips(a, a);
    CHECK(same.value == 0);
    CHECK(same.standard_error == 0);
    CHECK(difference_over_clips(b, a).value == -paired.value);
}

TEST_CASE("clips: a difference needs the same frames and something to say") {
    const std::vector<double> four{1, 2, 3, 4}, three{1, 2, 3}, ones(4, 1.0), few(3, 1.0), none(4);
    const std::vector<ClipFrames> a{one_of(four, ones)}, b{one_of(three, few)},
        silent{one_of(none, none)};
    CHECK_THROWS_AS(difference_over_clips(a, b), std::invalid_argument);
    CHECK_THROWS_AS(difference_over_clips(a, {}), std::invalid_argument);
    CHECK(std::isinf(difference_over_clips(a, silent).standard_error));
    const std::vector<double> one{1}, other{2}, weight{1};
    const std::vector<ClipFrames> single{one_of(one, weight)}, apart{one_of(other, weight)};
    CHECK(std::isinf(difference_over_clips(apart, single).standard_error));
    CHECK(difference_over_clips(single, single).standard_error == 0);
}

TEST_CASE("clips: intervals hold the figure of one, three and five clips, and differences theirs") {
    constexpr int kTrials = 200;
    for (const std::size_t clips : {1, 3, 5}) {
        CAPTURE(clips);
        const ClipTrial trial{.clips = clips, .frames = 120, .correlation = 0.8};
        const auto figure = [](const auto& frames, int number) {
            return bootstrap_clips(frames, {0.95, 200, static_cast<std::uint64_t>(number)});
        };
        CHECK(clip_coverage(trial, kTrials, figure).of_these >= 0.91);
        CHECK(difference_coverage(trial, kTrials) >= 0.91);
    }
}
