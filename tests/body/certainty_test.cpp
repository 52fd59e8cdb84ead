#include <doctest/doctest.h>

#include "body/figure.h"
#include "body/measure_body.h"

using namespace closet;
using namespace closet::test;

TEST_CASE("an arm that hangs against the torso leaves a low certainty and a value within bounds") {
    Figure figure;
    figure.arm[0] = {{{52, 85}, {50, 165}}};
    const BodyShape shape = shape_of(draw(figure));
    for (std::size_t i = row_at(0.45); i <= row_at(1.4); ++i) {
        CAPTURE(BodyShape::row_level(i));
        const Measure& covered = shape.half_width[0][i];
        CHECK(covered.certainty > 0.3F);
        CHECK(covered.certainty < 0.4F);
        CHECK(covered.value > 0.33F);  // where the arm begins, at the widest radius assumed
        CHECK(covered.value < 0.65F);  // where it ends
        CHECK(shape.half_width[1][i].certainty == 1);
    }
    // The outside of that arm is the silhouette's, the inside is not to be seen.
    CHECK(shape.arm[0].outer[arm_at(0.75)].certainty > 0);
    CHECK(shape.arm[0].inner[arm_at(0.75)].certainty == 0);
}

TEST_CASE("a gap between arm and torso shows both edges") {
    Figure figure;
    figure.arm[0] = {{{85, 85}, {90, 165}}};
    const BodyShape shape = shape_of(draw(figure));
    for (std::size_t i = row_at(0.8); i <= row_at(1.6); ++i) {
        CAPTURE(BodyShape::row_level(i));
        CHECK(shape.half_width[0][i].certainty > 0.99F);
        CHECK(std::abs(shape.half_width[0][i].value -
                       figure.half_width(Side::kLeft, BodyShape::row_level(i))) < 0.008);
    }
    CHECK(shape.arm[0].inner[arm_at(1.5)].certainty > 0.99F);
}

TEST_CASE("a raised arm frees the torso and hides its shoulder's top") {
    Figure figure;
    figure.arm[0] = {{{80, -80}, {60, -170}}};
    const BodyShape shape = shape_of(draw(figure));
    for (std::size_t i = row_at(0.4); i <= row_at(1.6); ++i) {
        CHECK(shape.half_width[0][i].certainty == 1);
        CHECK(shape.half_width[1][i].certainty == 1);
    }
    for (const double x : {0.4, 0.5, 0.6}) {
        CAPTURE(x);
        CHECK(shape.top[top_at(x)].certainty < 0.01F);
        CHECK(shape.top[top_at(-0.4)].certainty > 0.99F);
    }
}

TEST_CASE("a forearm in front of the belly hides no edge and has none itself") {
    Figure figure;
    figure.torso_axes = {60, 115};
    figure.arm[0] = {{{64, 75}, {15, 88}}};
    const BodyShape shape = shape_of(draw(figure));
    for (std::size_t i = row_at(0.5); i <= row_at(1.5); ++i) {
        CAPTURE(BodyShape::row_level(i));
        CHECK(shape.half_width[1][i].certainty > 0.99F);
        CHECK(std::abs(shape.half_width[1][i].value -
                       figure.half_width(Side::kRight, BodyShape::row_level(i))) < 0.008);
    }
    for (const double t : {1.25, 1.5, 1.75, 2.0}) {
        CAPTURE(t);
        CHECK(shape.arm[0].outer[arm_at(t)].certainty == 0);
        CHECK(shape.arm[0].inner[arm_at(t)].certainty == 0);
    }
}

TEST_CASE("hair over one shoulder is no top") {
    Figure figure;
    figure.more = [](cv::Point2d p) { return to_ellipse(p, {30, -45}, {22, 60}); };
    const BodyShape shape = shape_of(draw(figure));
    CHECK(shape.top[top_at(0.2)].certainty == 0);
    CHECK(shape.top[top_at(0.3)].certainty == 0);
    CHECK(shape.top[top_at(0.4)].certainty == 0);
    CHECK(shape.top[top_at(-0.3)].certainty > 0.99F);
    CHECK(shape.top[top_at(-0.4)].certainty > 0.99F);
}

TEST_CASE("the higher top of a pair that differs is hair") {
    Figure figure;  // a bob that ends a hand's width over one shoulder: a usual height by itself
    figure.more = [](cv::Point2d p) { return to_line(p, {28, -10}, {28, -12}, 13); };
    const BodyShape shape = shape_of(draw(figure));
    CHECK(shape.top[top_at(0.3)].value > shape.top[top_at(-0.3)].value + 0.1F);
    CHECK(shape.top[top_at(0.3)].certainty < 0.1F);
    CHECK(shape.top[top_at(-0.3)].certainty > 0.99F);
}

TEST_CASE("above the armpits the silhouette says next to nothing about the torso") {
    const BodyShape shape = shape_of(draw(Figure{}));
    for (const double v : {-0.1, 0.0, 0.1}) {
        CHECK(shape.half_width[0][row_at(v)].certainty <= 0.06F);
    }
}

TEST_CASE("the round of the shoulder is measured outwards and the torso is not taken for an arm") {
    Figure figure;
    figure.arm = {{{{{54, 80}, {58, 150}}}, {{{-54, 80}, {-58, 150}}}}};
    const BodyShape shape = shape_of(draw(figure));
    for (const double t : {0.125, 0.25}) {
        CAPTURE(t);
        CHECK(shape.arm[0].outer[arm_at(t)].certainty > 0.4F);
        CHECK(std::abs(shape.arm[0].outer[arm_at(t)].value - kArmRadius / kUnit) < 0.02);
        CHECK(shape.arm[0].inner[arm_at(t)].certainty < 0.2F);
    }
}

TEST_CASE("the inner side of a thigh in a lunge is no half width") {
    Figure figure;
    figure.torso_axes = {44, 90};  // ends at v = 1.7
    figure.more = [](cv::Point2d p) {
        return std::min(to_line(p, {28, 150}, {150, 230}, 20),
                        to_line(p, {-5, 150}, {-5, 330}, 18));
    };
    const BodyShape shape = shape_of(draw(figure));
    CHECK(shape.half_width[0][row_at(2.15)].certainty == 0);
    CHECK(shape.half_width[0][row_at(1.4)].certainty == 1);
}

TEST_CASE("arms that point at the camera or are hardly seen are not measured") {
    Figure figure;
    figure.arm[0] = {{{110, 60}, {112, 70}}};
    Pose pose = draw(figure);
    CHECK(shape_of(pose).arm[0].outer[arm_at(1.5)].certainty == 0);
    CHECK(shape_of(pose).arm[1].outer[arm_at(1.5)].certainty > 0.99F);
    pose.at(Joint::kRightWrist).score = 0.35F;
    const float faint = shape_of(pose).arm[1].outer[arm_at(1.5)].certainty;
    CHECK(faint > 0);
    CHECK(faint < 0.5F);
    pose.at(Joint::kRightWrist).score = 0.1F;
    CHECK(shape_of(pose).arm[1].outer[arm_at(1.5)].certainty == 0);
    CHECK(shape_of(pose).arm[1].outer[arm_at(0.75)].certainty > 0.99F);
}

TEST_CASE("nothing is known beyond the picture and the mask") {
    const Place place{.degrees = 0, .scale = 1, .at = {30, 250}};
    const Pose pose = draw(Figure{}, place);  // the right side ends beyond the picture's edge
    const BodyShape cut = shape_of(pose, {.frame = {640, 400}});
    const BodyShape whole = shape_of(pose);
    CHECK(whole.half_width[1][row_at(1)].certainty == 1);
    CHECK(cut.half_width[1][row_at(1)].certainty == 0);
    CHECK(cut.half_width[0][row_at(1)].certainty == 1);
    // The picture ends at level 1.5.
    CHECK(cut.half_width[0][row_at(1.4)].certainty == 1);
    CHECK(cut.half_width[0][row_at(1.6)].certainty == 0);

    Pose short_mask = draw(Figure{});
    auto mask = std::make_shared<PersonMask>(*short_mask.mask);
    mask->probability = mask->probability.rowRange(0, 150);  // ends at level 1.0
    short_mask.mask = mask;
    CHECK(shape_of(short_mask).half_width[0][row_at(0.9)].certainty == 1);
    CHECK(shape_of(short_mask).half_width[0][row_at(1.1)].certainty == 0);
}
