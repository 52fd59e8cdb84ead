#include "body/measure_body.h"

#include <doctest/doctest.h>

#include "body/figure.h"

using namespace closet;
using namespace closet::test;

namespace {

/// A mask pixel is 0.023 shoulder widths here; edges must be found to a third of that.
constexpr double kExact = 0.008;

/// Largest differences of two shapes, `sides` saying which side of b is compared with side 0 of a.
void check_same(const BodyShape& a, const BodyShape& b, bool mirrored, double value,
                double certainty) {
    const auto same = [&](const Measure& p, const Measure& q) {
        CHECK(std::abs(p.certainty - q.certainty) <= certainty);
        if (p.certainty > 0.2F && q.certainty > 0.2F) {
            CHECK(std::abs(p.value - q.value) <= value);
        }
    };
    for (std::size_t s = 0; s < 2; ++s) {
        const std::size_t t = mirrored ? 1 - s : s;
        for (std::size_t i = 0; i < BodyShape::kRows; ++i) {
            CAPTURE(i);
            same(a.half_width[s][i], b.half_width[t][i]);
        }
        for (std::size_t i = 0; i < BodyShape::kArmRows; ++i) {
            CAPTURE(i);
            same(a.arm[s].outer[i], b.arm[t].outer[i]);
            same(a.arm[s].inner[i], b.arm[t].inner[i]);
            same(a.leg[s].outer[i], b.leg[t].outer[i]);
            same(a.leg[s].inner[i], b.leg[t].inner[i]);
        }
    }
    for (std::size_t i = 0; i < BodyShape::kTops; ++i) {
        CAPTURE(i);
        same(a.top[i], b.top[mirrored ? BodyShape::kTops - 1 - i : i]);
    }
}

}  // namespace

TEST_CASE("half widths of an ellipse are found to a part of a mask pixel") {
    Figure figure;
    figure.torso_center.x = 6;
    const BodyShape shape = shape_of(draw(figure));
    for (const Side side : kSides) {
        for (std::size_t i = row_at(0.4); i <= row_at(1.4); ++i) {
            const Measure& measure = shape.half_width[static_cast<std::size_t>(side)][i];
            CAPTURE(BodyShape::row_level(i));
            CHECK(measure.certainty == 1);
            CHECK(std::abs(measure.value - figure.half_width(side, BodyShape::row_level(i))) <
                  kExact);
        }
    }
    CHECK(shape.half_width[0][row_at(1)].value > shape.half_width[1][row_at(1)].value + 0.1);
}

TEST_CASE("tops are measured along the spine and the head is none") {
    const BodyShape shape = shape_of(draw(Figure{}));
    for (const double x : {-0.5, -0.4, -0.3, 0.3, 0.4, 0.5}) {
        CAPTURE(x);
        CHECK(shape.top[top_at(x)].certainty > 0.99F);
        CHECK(std::abs(shape.top[top_at(x)].value - kShoulderTop / kUnit) < kExact);
    }
    for (const double x : {-0.1, 0.0, 0.1}) {
        CHECK(shape.top[top_at(x)].certainty == 0);
    }
}

TEST_CASE("a top below the shoulder axis is negative") {
    Figure figure;
    figure.draws_arms = false;  // else the deltoid fills the corner
    Pose pose = draw(figure);
    // Shoulders that the network puts 8 units too high.
    for (const Joint joint : {Joint::kLeftShoulder, Joint::kRightShoulder}) {
        pose.at(joint).y -= 18;
    }
    const BodyShape shape = shape_of(pose);
    const Measure& top = shape.top[top_at(0.4)];
    CHECK(top.certainty > 0);
    CHECK(std::abs(top.value - (kShoulderTop - 18) / kUnit) < kExact);
}

TEST_CASE("half widths of arms are perpendicular to their bones") {
    const BodyShape shape = shape_of(draw(Figure{}));
    for (std::size_t s = 0; s < 2; ++s) {
        for (const double t : {0.625, 0.75, 1.25, 1.5, 1.75, 1.875}) {
            CAPTURE(t);
            for (const Measure& measure :
                 {shape.arm[s].outer[arm_at(t)], shape.arm[s].inner[arm_at(t)]}) {
                CHECK(measure.certainty > 0.99F);
                CHECK(std::abs(measure.value - kArmRadius / kUnit) < kExact);
            }
        }
    }
}

TEST_CASE("a shape does not depend on place and size and turn") {
    const Figure figure;
    const BodyShape shape = shape_of(draw(figure));
    for (const Place& place : {Place{.degrees = 33, .scale = 2.3, .at = {900, 500}},
                               Place{.degrees = -90, .scale = 0.7, .at = {-40, 700}},
                               Place{.degrees = 180, .scale = 9, .at = {4000, 4000}}}) {
        check_same(shape, shape_of(draw(figure, place)), false, 0.002, 0.02);
    }
}

TEST_CASE("a mirrored figure has its sides mirrored") {
    Figure figure;
    figure.torso_center.x = 5;
    figure.arm[0] = {{{120, 10}, {190, -30}}};
    check_same(shape_of(draw(figure)), shape_of(draw(figure.mirrored())), true, 0.01, 0.05);
}

TEST_CASE("below the hips the outer edges of the legs count") {
    Figure figure;
    figure.torso_axes = {44, 90};  // ends at v = 1.7
    figure.more = [](cv::Point2d p) {
        return std::min(to_line(p, {28, 150}, {40, 330}, 16),
                        to_line(p, {-28, 150}, {-40, 330}, 16));
    };
    const BodyShape shape = shape_of(draw(figure));
    const double v = 2.0;
    const double slope = 12.0 / 180.0;
    const double edge = (28 + (v * kUnit - 150) * slope + 16 * std::hypot(1, slope)) / kUnit;
    for (std::size_t s = 0; s < 2; ++s) {
        CHECK(shape.half_width[s][row_at(v)].certainty == 1);
        CHECK(std::abs(shape.half_width[s][row_at(v)].value - edge) < kExact);
    }
}
