#include "interpolate/spline.h"

#include <cmath>
#include <numbers>
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
    void connect() {
        std::vector<std::vector<cv::Point3f>> result;
        for (std::size_t i = 0; i < times.size(); ++i) {
            result.push_back(velocities_at(i > 0 ? knot(i - 1) : PoseKnot{}, knot(i),
                                           i + 1 < times.size() ? knot(i + 1) : PoseKnot{}));
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
