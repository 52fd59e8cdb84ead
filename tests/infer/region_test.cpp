#include "infer/region.h"

#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

namespace closet {
namespace {

constexpr double kPi = std::numbers::pi;

TEST_CASE("region: an upright circle gives an upright square 1.25 times as wide") {
    const Region region = region_of_circle({100, 80}, {100, 40});
    CHECK(region.center == cv::Point2d(100, 80));
    CHECK(region.side == doctest::Approx(100));
    CHECK(region.rotation == doctest::Approx(0));
}

TEST_CASE("region: rotation is clockwise on the screen") {
    CHECK(region_of_circle({0, 0}, {10, 0}).rotation == doctest::Approx(kPi / 2));
    CHECK(region_of_circle({0, 0}, {-10, 0}).rotation == doctest::Approx(-kPi / 2));
    CHECK(std::abs(region_of_circle({0, 0}, {0, 10}).rotation) == doctest::Approx(kPi));
}

TEST_CASE("region: angles are normalized to half a turn either way") {
    CHECK(normalized_angle(3 * kPi / 2) == doctest::Approx(-kPi / 2));
    CHECK(normalized_angle(-5 * kPi / 2) == doctest::Approx(-kPi / 2));
    CHECK(normalized_angle(0.3) == doctest::Approx(0.3));
}

TEST_CASE("region: the crop's corners are the region's corners") {
    const Region region{.center = {300, 200}, .side = 128, .rotation = 0.4};
    const cv::Matx23d map = crop_from_view(region, 256);
    for (const cv::Point2d share : {cv::Point2d(0, 0), {1, 0}, {0, 1}, {1, 1}, {0.25, 0.7}}) {
        const cv::Point2d point = view_from_region(region, share);
        const cv::Vec2d back = map * cv::Vec3d(point.x, point.y, 1);
        CHECK(back[0] == doctest::Approx(256 * share.x));
        CHECK(back[1] == doctest::Approx(256 * share.y));
    }
    // Turned clockwise, its top edge points down to the right.
    const cv::Point2d along = view_from_region(region, {1, 0}) - view_from_region(region, {0, 0});
    CHECK(std::atan2(along.y, along.x) == doctest::Approx(0.4));
}

TEST_CASE("region: difference counts shift in sides and angle across the seam") {
    const Region a{.center = {0, 0}, .side = 100, .rotation = 3.1};
    const Region b{.center = {10, 0}, .side = 200, .rotation = -3.1};
    const RegionDifference off = difference(a, b);
    CHECK(off.shift == doctest::Approx(0.05));
    CHECK(off.zoom == doctest::Approx(std::log(2.0)));
    CHECK(off.turn == doctest::Approx(2 * kPi - 6.2));
}

TEST_CASE("region: what cannot be looked at is not usable") {
    const cv::Size picture(640, 360);
    CHECK(is_usable({.center = {320, 180}, .side = 300, .rotation = 0}, picture));
    CHECK_FALSE(is_usable({.center = {320, 180}, .side = 2, .rotation = 0}, picture));
    CHECK_FALSE(is_usable({.center = {320, 180}, .side = 1e9, .rotation = 0}, picture));
    CHECK_FALSE(is_usable({.center = {NAN, 180}, .side = 300, .rotation = 0}, picture));
    CHECK_FALSE(is_usable({.center = {320, 180}, .side = NAN, .rotation = 0}, picture));
    CHECK_FALSE(is_usable({.center = {320, 180}, .side = 300, .rotation = INFINITY}, picture));
    CHECK_FALSE(is_usable({.center = {900, 180}, .side = 300, .rotation = 0}, picture));
}

TEST_CASE("region motion: one region is expected to stay") {
    RegionMotion motion;
    CHECK_FALSE(motion.known());
    motion.add(0.0, {.center = {10, 20}, .side = 100, .rotation = 0.5});
    REQUIRE(motion.known());
    const Region next = motion.predict(0.2);
    CHECK(next.center == cv::Point2d(10, 20));
    CHECK(next.side == doctest::Approx(100));
    CHECK(next.rotation == doctest::Approx(0.5));
}

TEST_CASE("region motion: a steady walk is continued by time and not by count") {
    RegionMotion motion;
    for (const double t : {0.0, 0.05, 0.1, 0.2, 0.3}) {
        motion.add(t, {.center = {100 + 200 * t, 50}, .side = 80 * std::exp(t), .rotation = t});
    }
    const Region next = motion.predict(0.4);
    CHECK(next.center.x == doctest::Approx(180).epsilon(0.01));
    CHECK(next.side == doctest::Approx(80 * std::exp(0.4)).epsilon(0.01));
    CHECK(next.rotation == doctest::Approx(0.4).epsilon(0.03));
}

TEST_CASE("region motion: a turn across the seam goes the short way") {
    RegionMotion motion;
    for (int i = 0; i < 6; ++i) {
        motion.add(i * 0.05,
                   {.center = {0, 0}, .side = 50, .rotation = normalized_angle(3.0 + 0.05 * i)});
    }
    CHECK(std::abs(normalized_angle(motion.predict(0.30).rotation - 3.3)) < 0.02);
}

TEST_CASE("region motion: noise over a short time is not taken for speed") {
    RegionMotion motion;
    motion.add(0.0, {.center = {100, 100}, .side = 100, .rotation = 0});
    motion.add(1.0 / 60, {.center = {102, 100}, .side = 100, .rotation = 0});
    CHECK(motion.predict(10.0 / 60).center.x < 106);  // 122 by the two points alone
}

TEST_CASE("region motion: it does not run on for ever") {
    RegionMotion motion;
    for (int i = 0; i < 6; ++i) {
        motion.add(i * 0.05, {.center = {100.0 * i, 0}, .side = 50, .rotation = 0});
    }
    CHECK(motion.predict(100.0).center.x < 1700);
    CHECK(motion.predict(100.0).center.x == motion.predict(200.0).center.x);
}

TEST_CASE("region motion: time that runs backwards starts anew") {
    RegionMotion motion;
    motion.add(5.0, {.center = {0, 0}, .side = 50, .rotation = 0});
    motion.add(1.0, {.center = {400, 0}, .side = 60, .rotation = 0});
    CHECK(motion.predict(1.1).center.x == 400);
}

}  // namespace
}  // namespace closet
