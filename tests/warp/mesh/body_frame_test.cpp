#include "core/body_frame.h"

#include <array>
#include <cmath>

#include <doctest/doctest.h>

#include "core/pose.h"
#include "warp/mesh/mesh_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

}  // namespace

TEST_CASE("a standing person's frame has the wearer's left on the right of the picture") {
    const auto body = body_frame(standing_pose({400, 250}, 200), 0.3F);
    REQUIRE(body);
    CHECK(body->unit == doctest::Approx(200));
    CHECK(body->torso == doctest::Approx(300));
    CHECK(body->hips_seen == doctest::Approx(1));
    CHECK(body->down.y == doctest::Approx(1));
    CHECK(body->across.x == doctest::Approx(1));
    CHECK(body->row(0.5).x == doctest::Approx(1));
    CHECK(body->outer(Side::kLeft, {0, 1}).x == doctest::Approx(1));
    CHECK(body->outer(Side::kRight, {0, 1}).x == doctest::Approx(-1));
    CHECK(body->outer(Side::kLeft, {1, 0}).y == doctest::Approx(-1));  // raised: its upper side
}

TEST_CASE("hips fade in and out of the body frame without a jump") {
    Pose pose = standing_pose({400, 250}, 200, 0.2);
    pose.at(Joint::kLeftHip).x += 60;
    std::optional<BodyFrame> before;
    for (int i = 0; i <= 100; ++i) {
        pose.at(Joint::kLeftHip).score = static_cast<float>(i) / 100.0F;
        const auto body = body_frame(pose, 0.3F);
        REQUIRE(body);
        if (before) {
            CHECK(std::abs(body->torso - before->torso) < 3);
            CHECK(body->down.dot(before->down) > 0.999);
        }
        before = body;
    }
}

TEST_CASE("from the side the torso tells the size") {
    Pose pose = standing_pose({400, 250}, 200);
    for (const Joint joint : {Joint::kLeftShoulder, Joint::kRightShoulder}) {
        pose.at(joint).x = 400;
    }
    const auto body = body_frame(pose, 0.3F);
    REQUIRE(body);
    CHECK(body->unit == doctest::Approx(150));
    pose.at(Joint::kLeftHip).score = 0;
    CHECK_FALSE(body_frame(pose, 0.3F));
}

TEST_CASE("who turns stays as wide as depth tells") {
    Pose pose = standing_pose({400, 250}, 200);
    const double turned = CV_PI / 4;
    const auto aside = static_cast<float>(100 * std::cos(turned));
    const auto deep = static_cast<float>(100 * std::sin(turned) / kDepthScale);
    pose.at(Joint::kLeftShoulder).x = 400 + aside;
    pose.at(Joint::kRightShoulder).x = 400 - aside;
    pose.at(Joint::kLeftShoulder).z = deep;
    pose.at(Joint::kRightShoulder).z = -deep;
    const auto body = body_frame(pose, 0.3F);
    REQUIRE(body);
    CHECK(body->unit == doctest::Approx(200).epsilon(0.02));
    CHECK(body->shoulders == doctest::Approx(2 * aside));
    CHECK(depth_from(pose.at(Joint::kRightShoulder), pose.at(Joint::kLeftShoulder)) > 0);
    pose.at(Joint::kLeftShoulder).z = NAN;
    CHECK(depth_from(pose.at(Joint::kRightShoulder), pose.at(Joint::kLeftShoulder)) == 0);
}

TEST_CASE("shapes are mixed by weight and certainty") {
    BodyShape a, b;
    a.top[3] = {0.2F, 1.0F};
    b.top[3] = {0.5F, 0.5F};
    a.arm[1].inner[4] = {0.1F, 1.0F};
    const std::array<WeightedShape, 3> shapes{{{&a, 1.0F}, {&b, 2.0F}, {nullptr, 1.0F}}};
    const BodyShape mixed = mix(shapes);
    CHECK(mixed.top[3].value == doctest::Approx(0.35));
    CHECK(mixed.top[3].certainty == doctest::Approx(0.5));
    CHECK(mixed.arm[1].inner[4].value == doctest::Approx(0.1));
    CHECK(mixed.arm[1].inner[4].certainty == doctest::Approx(0.25));
    CHECK(mixed.half_width[0][0].certainty == 0);
    CHECK(mix({}).top[3].certainty == 0);
}
