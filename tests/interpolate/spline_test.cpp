#include "interpolate/spline.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include <doctest/doctest.h>

using namespace closet;

namespace {

/// The knots of one point, with velocities.
struct Path {
    std::vector<double> times;
    std::vector<Keypoint> points;
    std::vector<std::vector<cv::Point3f>> velocities;

    void add(double seconds, Keypoint point) {
        times.push_back(seconds);
        points.push_back(point);
    }
    PoseKnot knot(std::size_t i) const {
        return {times[i],
                {&points[i], 1},
                velocities.empty() ? std::span<const cv::Point3f>() : velocities[i]};
    }
    void connect(double overshoot = 0) {
        std::vector<PoseKnot> knots;
        for (std::size_t i = 0; i < times.size(); ++i) {
            knots.push_back(knot(i));
        }
        std::vector<std::vector<cv::Point3f>> result;
        for (std::size_t i = 0; i < times.size(); ++i) {
            const std::size_t first = i - std::min<std::size_t>(i, 2);
            const std::size_t last = std::min(i + 2, times.size() - 1);
            result.push_back(velocities_at(std::span(knots).subspan(first, last + 1 - first),
                                           i - first, overshoot));
        }
        velocities = result;
    }
    Keypoint at(std::size_t from, double seconds) const {
        return between(knot(from), knot(from + 1), seconds).front();
    }
};

}  // namespace

TEST_CASE("a spline follows a line exactly with uneven steps") {
    Path path;
    for (const double t : {0.0, 0.04, 0.05, 0.2}) {
        path.add(t, {static_cast<float>(10 + 500 * t), static_cast<float>(90 - 200 * t), 0, 1});
    }
    path.connect();
    CHECK(path.at(2, 0.1).x == doctest::Approx(60).epsilon(1e-5));
    CHECK(path.at(2, 0.1).y == doctest::Approx(70).epsilon(1e-5));
    CHECK(path.at(0, 0.02).x == doctest::Approx(20).epsilon(1e-5));
}

TEST_CASE("a spline follows a circle far better than straight lines do") {
    // One turn a second, radius 50 px, a key frame every 0.1 s: chords are off by 2.45 px.
    Path path;
    const auto circle = [](double t) {
        const double angle = 2 * std::numbers::pi * t;
        return Keypoint{static_cast<float>(50 * std::cos(angle)),
                        static_cast<float>(50 * std::sin(angle)), 0, 1};
    };
    for (int i = 0; i <= 10; ++i) {
        path.add(i * 0.1, circle(i * 0.1));
    }
    path.connect();
    double worst = 0;
    for (double t = 0.1; t < 0.9; t += 0.001) {
        const auto i = static_cast<std::size_t>(t / 0.1);
        const Keypoint got = path.at(i, t);
        worst = std::max<double>(worst, std::hypot(got.x - circle(t).x, got.y - circle(t).y));
    }
    MESSAGE("largest error in px: " << worst);
    CHECK(worst < 0.5);
}

TEST_CASE("pieces of a spline join without a jump in acceleration") {
    // 50 px to either side once a second, a key frame every 0.1 s. Second differences of 60 frames
    // a second, which a straight motion does not have, are off by a tenth of theirs at most.
    Path path;
    const auto swing = [](double t) { return 50 * std::sin(2 * std::numbers::pi * t); };
    for (int i = 0; i <= 20; ++i) {
        path.add(i * 0.1, {static_cast<float>(swing(i * 0.1)), 0, 0, 1});
    }
    path.connect(2.5);
    constexpr double kFrame = 1 / 60.0;
    const auto bend = [](auto at, double t) { return at(t - kFrame) - 2 * at(t) + at(t + kFrame); };
    double off = 0, all = 0;
    for (double t = 0.45; t < 1.55; t += kFrame) {
        const auto got = [&](double time) {
            return static_cast<double>(path.at(static_cast<std::size_t>(time / 0.1), time).x);
        };
        off += std::pow(bend(got, t) - bend(swing, t), 2);
        all += std::pow(bend(swing, t), 2);
    }
    MESSAGE("second differences are off by " << std::sqrt(off / all));
    CHECK(std::sqrt(off / all) < 0.1);
}

TEST_CASE("a limb that stops does not swing past its rest") {
    Path path;
    path.add(0.0, {0, 0, 0, 1});
    path.add(0.1, {100, 0, 50, 1});
    path.add(0.2, {100, 0, 50, 1});
    path.add(0.3, {100, 0, 50, 1});
    path.connect();
    for (double t = 0.1; t <= 0.2; t += 0.01) {
        CHECK(path.at(1, t).x == 100);
        CHECK(path.at(1, t).z == 50);
    }
    for (double t = 0.0; t <= 0.1; t += 0.01) {
        CHECK(path.at(0, t).x <= 100);
    }
    // Asked to, it does so by that much at most.
    path.connect(2);
    float farthest = 0;
    for (double t = 0.1; t <= 0.2; t += 0.005) {
        farthest = std::max(farthest, path.at(1, t).x);
    }
    CHECK(farthest > 100.5F);
    CHECK(farthest <= 102.001F);
}

TEST_CASE("a spline copes with equal times and clamps times outside") {
    Path path;
    path.add(0.0, {0, 0, 0, 0.2F});
    path.add(0.1, {10, 0, 0, 0.4F});
    path.add(0.1, {30, 0, 0, 0.6F});
    path.add(0.2, {40, 0, 0, 0.8F});
    path.connect();
    for (const std::size_t i : {0U, 1U, 2U}) {
        for (const double t : {-1.0, 0.0, 0.05, 0.1, 0.15, 0.2, 9.0}) {
            const Keypoint point = path.at(i, t);
            CHECK(std::isfinite(point.x));
            CHECK(point.x >= 0);
            CHECK(point.x <= 40);
        }
    }
    CHECK(path.at(0, 0.05).score == doctest::Approx(0.3F));
}
