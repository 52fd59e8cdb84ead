#include "predict/predict.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "interpolate/people.h"
#include "predict/predict_fixtures.h"

namespace closet {
namespace {

using test::figure;
using test::kPicture;
using test::kStep;
using test::numbered;
using test::place_x;

PredictOptions everybody() {
    return {.person = {.kind = PersonRule::Kind::kAll}};
}

/// Gives `count` results, kStep apart, of the people that `people(seconds)` names. Returns the time
/// of the last one.
template <class People>
double feed(PredictPoses& predict, int count, People people, double from = 0) {
    for (int i = 0; i < count; ++i) {
        const double now = from + i * kStep;
        predict.observe(now, people(now), kPicture, false);
    }
    return from + (count - 1) * kStep;
}

Pose only(const PredictPoses& predict, double seconds) {
    std::vector<Pose> poses = predict.at(seconds);
    REQUIRE(poses.size() == 1);
    return poses.front();
}

double shoulder_x(const Pose& pose) {
    return pose.at(Joint::kLeftShoulder).x;
}

/// Of `figure(x, ...)`.
TEST_CASE("predict: people who stand still are steadier than what was measured") {
    std::mt19937 random(7);
    std::normal_distribution<float> noise(0, 0.7F);
    PredictPoses predict(everybody());
    double raw_sum = 0, sum = 0, wrist_sum = 0, worst = 0;
    double last = 500, raw_last = 500, wrist_last = 548;
    for (int i = 0; i < 200; ++i) {
        Pose pose = figure(500, 500);
        for (Keypoint& point : pose.keypoints) {
            point.x += noise(random);
            point.y += noise(random);
        }
        const double raw = place_x(pose);
        predict.observe(i * kStep, {pose}, kPicture, false);
        const Pose predicted = only(predict, i * kStep + 0.08);
        if (i >= 20) {
            raw_sum += std::abs(raw - raw_last);
            sum += std::abs(place_x(predicted) - last);
            wrist_sum += std::abs(predicted.at(Joint::kLeftWrist).x - wrist_last);
            worst = std::max(worst, std::abs(place_x(predicted) - 500));
        }
        raw_last = raw;
        last = place_x(predicted);
        wrist_last = predicted.at(Joint::kLeftWrist).x;
    }
    CHECK(sum < 0.5 * raw_sum);
    CHECK(wrist_sum < raw_sum);  // a single point is noisier than the mean of two
    CHECK(worst < 1.5);
}

TEST_CASE("predict: exact poses that stand still stay exact") {
    PredictPoses predict(everybody());
    const double last = feed(predict, 30, [](double) { return std::vector{figure(500, 500)}; });
    for (const double lead : {0.0, 0.04, 0.5}) {
        const Pose pose = only(predict, last + lead);
        for (std::size_t i = 0; i < pose.keypoints.size(); ++i) {
            CHECK(test::distance(pose.keypoints[i], figure(500, 500).keypoints[i]) < 1e-3);
        }
    }
}

TEST_CASE("predict: uniform motion goes on and nothing lags") {
    PredictPoses predict(everybody());
    const auto walker = [](double t) { return std::vector{figure(100 + 300 * t, 500)}; };
    const double last = feed(predict, 40, walker);
    CHECK(std::abs(place_x(only(predict, last)) - (100 + 300 * last)) < 1.0);
    for (const double lead : {0.03, 0.06, 0.1}) {
        const double truth = 100 + 300 * (last + lead);
        const double held = 300 * lead;
        CHECK(std::abs(place_x(only(predict, last + lead)) - truth) < 0.5 * held);
    }
}

TEST_CASE("predict: faster and faster motion is followed better than by holding") {
    PredictPoses predict(everybody());
    const auto runner = [](double t) { return 100 + 200 * t * t; };
    double error = 0, held = 0;
    for (int i = 0; i < 40; ++i) {
        const double now = i * kStep;
        predict.observe(now, {figure(runner(now), 500)}, kPicture, false);
        const double shown = now + 0.07;
        error += std::abs(place_x(only(predict, shown)) - runner(shown));
        held += std::abs(runner(now) - runner(shown));
    }
    CHECK(error < 0.5 * held);
}

TEST_CASE("predict: motion is continued for so long only") {
    PredictPoses predict(everybody());
    const auto walker = [](double t) { return std::vector{figure(100 + 300 * t, 500)}; };
    const double last = feed(predict, 40, walker);
    const double longest = place_x(only(predict, last + PredictOptions{}.max_lead_s));
    CHECK(place_x(only(predict, last + 10)) == doctest::Approx(longest));
    CHECK(longest - place_x(only(predict, last)) <= 300 * PredictOptions{}.max_lead_s + 1);
}

TEST_CASE("predict: a waving wrist does not fly off") {
    PredictPoses predict(everybody());
    double farthest = 0;
    for (int i = 0; i < 100; ++i) {
        const double now = i * kStep;
        Pose pose = figure(500, 500);
        pose.at(Joint::kLeftWrist).x += 60.0F * static_cast<float>(std::sin(15 * now));
        predict.observe(now, {pose}, kPicture, false);
        for (const double lead : {0.05, 0.15}) {
            const Pose shown = only(predict, now + lead);
            farthest = std::max(farthest,
                                std::abs(static_cast<double>(shown.at(Joint::kLeftWrist).x) - 548));
            CHECK(std::abs(shoulder_x(shown) - 535) < 1.0);
        }
    }
    CHECK(farthest < 120);
}

TEST_CASE("predict: a spike is not followed and what stays is") {
    PredictPoses predict(everybody());
    const auto still = [](double) { return std::vector{figure(500, 500)}; };
    double now = feed(predict, 20, still);
    Pose jumped = figure(500, 500);
    jumped.at(Joint::kLeftShoulder).x += 200;
    predict.observe(now += kStep, {jumped}, kPicture, false);
    CHECK(std::abs(shoulder_x(only(predict, now + 0.05)) - 535) < 1.0);
    predict.observe(now += kStep, {figure(500, 500)}, kPicture, false);
    CHECK(std::abs(shoulder_x(only(predict, now + 0.05)) - 535) < 1.0);
    predict.observe(now += kStep, {jumped}, kPicture, false);
    predict.observe(now += kStep, {jumped}, kPicture, false);
    // It is there, and no velocity came of it.
    CHECK(std::abs(shoulder_x(only(predict, now)) - 735) < 5.0);
    CHECK(std::abs(shoulder_x(only(predict, now + 0.1)) - 735) < 5.0);
}

TEST_CASE("predict: a body of another size is believed when it is seen twice") {
    PredictPoses predict(everybody());
    // The same person, as inference says: without its number it would be somebody else.
    const auto sized = [](double size) { return std::vector{numbered(7, figure(500, 500, size))}; };
    constexpr double kSlowStep = 0.25;  // under load: keypoints may go far in that time
    double now = feed(predict, 20, [&](double) { return sized(1); });
    const auto length = [&](double seconds) { return torso_length(only(predict, seconds)); };
    const auto see = [&](double size) {
        predict.observe(now += kSlowStep, sized(size), kPicture, false);
    };
    see(1.5);
    CHECK(length(now) == doctest::Approx(100).epsilon(0.02));
    CHECK(length(now + 0.05) == doctest::Approx(100).epsilon(0.02));
    see(1);
    CHECK(length(now) == doctest::Approx(100).epsilon(0.02));
    see(1.5);
    see(1.5);
    // It is there, and does not go on growing.
    CHECK(length(now) == doctest::Approx(150).epsilon(0.02));
    CHECK(length(now + 0.1) == doctest::Approx(150).epsilon(0.02));
}

TEST_CASE("predict: depth is smoothed and keypoints that are not seen move little") {
    PredictPoses predict(everybody());
    double steps = 0, last = 0;
    for (int i = 0; i < 60; ++i) {
        Pose pose = figure(500, 500);
        pose.at(Joint::kLeftWrist).z = i % 2 == 0 ? 100.0F : -100.0F;
        pose.at(Joint::kRightWrist).score = 0.05F;
        pose.at(Joint::kRightWrist).x += i % 2 == 0 ? 15.0F : -15.0F;
        predict.observe(i * kStep, {pose}, kPicture, false);
        const Pose shown = only(predict, i * kStep + 0.05);
        if (i > 20) {
            CHECK(std::abs(shown.at(Joint::kLeftWrist).z) < 30);
            steps += std::abs(shown.at(Joint::kRightWrist).x - last);
        }
        last = shown.at(Joint::kRightWrist).x;
    }
    CHECK(steps / 39 < 5.0);  // 30 as measured
}

TEST_CASE("predict: origins tell how a pose came about") {
    PredictPoses predict(everybody());
    const double last = feed(predict, 5, [](double) { return std::vector{figure(500, 500)}; });
    CHECK(only(predict, last).origin == PoseOrigin::kMeasured);
    CHECK(only(predict, last + 0.03).origin == PoseOrigin::kPredicted);
    CHECK(only(predict, last - kStep).origin == PoseOrigin::kMeasured);
    CHECK(only(predict, last - 0.03).origin == PoseOrigin::kInterpolated);
    predict.observe(last + kStep, {}, kPicture, false);
    CHECK(only(predict, last + kStep).origin == PoseOrigin::kHeld);
}

TEST_CASE("predict: times before the last result are answered from memory") {
    PredictPoses predict(everybody());
    const auto walker = [](double t) { return std::vector{figure(100 + 300 * t, 500)}; };
    const double last = feed(predict, 40, walker);
    for (const double ago : {0.05, 0.08, 0.2, 0.5}) {
        CHECK(std::abs(place_x(only(predict, last - ago)) - (100 + 300 * (last - ago))) < 5.0);
    }
    // What is forgotten: the oldest pose that is known.
    const double oldest = place_x(only(predict, -5.0));
    CHECK(oldest < 100 + 300 * (last - 0.5));
    CHECK(oldest > 100);
}

TEST_CASE("predict: a still picture ends the motion") {
    PredictPoses predict(everybody());
    const auto walker = [](double t) { return std::vector{figure(100 + 300 * t, 500)}; };
    double now = feed(predict, 40, walker);
    const double there = 100 + 300 * now;
    CHECK(place_x(only(predict, now + 0.1)) > there + 10);
    for (int i = 0; i < 30; ++i) {
        predict.observe_still(now += kStep);
    }
    CHECK(std::abs(place_x(only(predict, now + 0.1)) - there) < 1.0);
    CHECK(only(predict, now).origin == PoseOrigin::kPredicted);
    CHECK(only(predict, now).fade == 1.0F);
}

TEST_CASE("predict: a still picture does not bring back who was lost") {
    PredictPoses predict(everybody());
    predict.observe_still(0.0);
    double now = feed(predict, 10, [](double) { return std::vector{figure(500, 500)}; });
    predict.observe(now += kStep, {}, kPicture, false);
    for (int i = 0; i < 20; ++i) {
        predict.observe_still(now += kStep);
    }
    CHECK(predict.at(now).empty());
}

TEST_CASE("predict: hostile numbers harm nobody") {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();
    PredictPoses predict(everybody());
    CHECK(predict.at(kNan).empty());
    double now = feed(predict, 10, [](double) { return std::vector{figure(500, 500)}; });
    Pose broken = figure(500, 500);
    broken.keypoints[5].x = kNotANumber;
    Pose far = figure(500, 500);
    far.keypoints[9].y = 1e30F;
    Pose few = figure(500, 500);
    few.keypoints.resize(3);
    Pose scoreless = figure(500, 500);
    scoreless.score = kNotANumber;
    predict.observe(now += kStep, {broken, far, few, scoreless}, kPicture, false);
    predict.observe(kNan, {figure(900, 500)}, kPicture, false);
    predict.observe(kInfinity, {figure(900, 500)}, kPicture, false);
    predict.observe(0.1, {figure(900, 500)}, kPicture, false);
    predict.observe_still(kNan);
    predict.observe_still(-kInfinity);
    for (const double when : {now, now + 0.1, kNan, -kInfinity, -1e300}) {
        const Pose pose = only(predict, when);
        CHECK(std::abs(place_x(pose) - 500) < 1.0);
    }
    CHECK(predict.at(kInfinity).empty());  // lost for ever
    // Tiny steps and hardly any size.
    for (int i = 0; i < 1000; ++i) {
        now = std::nextafter(now, kInfinity);
        predict.observe(now, {figure(500 + i % 2, 500, 1e-3)}, kPicture, false);
    }
    for (const Pose& pose : predict.at(now + 0.05)) {
        for (const Keypoint& point : pose.keypoints) {
            CHECK(std::isfinite(point.x + point.y + point.z + point.score));
        }
    }
    predict.observe(1e300, {figure(500, 500)}, kPicture, false);
    CHECK(std::isfinite(place_x(only(predict, 1.1e300))));
}

TEST_CASE("predict: options out of range are refused") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto refused = [](auto change) {
        PredictOptions options;
        change(options);
        CHECK_THROWS_AS(PredictPoses{options}, ConfigError);
    };
    refused([](PredictOptions& o) { o.min_cutoff_hz = 0; });
    refused([](PredictOptions& o) { o.beta = -1; });
    refused([&](PredictOptions& o) { o.derivative_cutoff_hz = nan; });
    refused([](PredictOptions& o) { o.max_lead_s = 2; });
    refused([](PredictOptions& o) { o.shape_tau_s = -0.1; });
    refused([&](PredictOptions& o) { o.hold_s = nan; });
    refused([](PredictOptions& o) { o.fade_s = -1; });
    refused([](PredictOptions& o) { o.min_score = 1.5F; });
    CHECK_NOTHROW(
        PredictPoses{PredictOptions{.person = {}, .shape_tau_s = 0, .hold_s = 0, .fade_s = 0}});
}

}  // namespace
}  // namespace closet
