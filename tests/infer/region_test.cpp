#include "infer/region.h"

#include <cmath>
#include <numbers>

#include "support/doctest_with_torch.h"

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

TEST_CASE("region: angles are normalised to half a turn either way") {
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

}  // namespace
}  // namespace closet
