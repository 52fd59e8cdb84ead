#include <cmath>

#include "support/doctest_with_torch.h"

#include "infer/region_motion.h"

namespace closet {
namespace {

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
