#include "warp/mesh/torso_map.h"

#include <cmath>

#include <doctest/doctest.h>

#include "core/body_frame.h"
#include "core/curve.h"
#include "core/pose.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/mesh/silhouette.h"

namespace {

using namespace closet;
using namespace closet::test;

/// Shoulders 200 px apart, the wearer's left one `lower` px below the other.
Pose leaning(float lower) {
    Pose pose = standing_pose({400, 250}, 200);
    pose.at(Joint::kLeftShoulder).y += lower / 2;
    pose.at(Joint::kRightShoulder).y -= lower / 2;
    return pose;
}

/// Shoulders and neck 0.2 shoulder widths above the line through the joints, seen to the wearer's
/// right only.
BodyShape seen_to_the_right(const BodyFrame& body) {
    BodyShape shape{};
    const cv::Point2d axis = unit_of(body.shoulder[0] - body.shoulder[1], {1, 0});
    for (std::size_t i = 0; i < BodyShape::kTops; ++i) {
        const double x = BodyShape::top_position(i);
        const cv::Point2d foot = body.row(0) * x;
        // The line's height over the foot: foot - h * down lies on it.
        const double over = axis.cross(foot) / axis.cross(body.down);
        shape.top[i] = {static_cast<float>(over + 0.2), x < 0 ? 1.0F : 0.0F};
    }
    return shape;
}

TEST_CASE("a chest that is deeper than usual is believed in profile") {
    Pose pose = standing_pose({400, 250}, 200);
    for (const Joint joint :
         {Joint::kLeftShoulder, Joint::kRightShoulder, Joint::kLeftHip, Joint::kRightHip}) {
        pose.at(joint).x = 400 + (pose.at(joint).x - 400) / 20;
    }
    const auto body = body_frame(pose, 0.3F);
    REQUIRE(body);
    BodyShape shape{};
    for (auto& side : shape.half_width) {
        side.fill({0.5F, 1});
    }
    const mesh::Silhouette silhouette(*body, &shape);
    CHECK(silhouette.half_width(mesh::PictureSide::kRight, 0.6).value > 0.45);
}

double slope_of(cv::Point2d along) {
    return along.y / along.x;
}

TEST_CASE("a shoulder that hair hides is as high over the line of the joints as the other one") {
    for (const float lower : {0.0F, 40.0F, -40.0F}) {
        CAPTURE(lower);
        const auto body = body_frame(leaning(lower), 0.3F);
        REQUIRE(body);
        const BodyShape shape = seen_to_the_right(*body);
        const mesh::Silhouette silhouette(*body, &shape);
        for (const double x : {-0.45, -0.2, 0.2, 0.45}) {
            CAPTURE(x);
            const cv::Point2d axis = (body->shoulder[0] - body->shoulder[1]) / body->unit;
            const cv::Point2d on_top = body->middle + (axis * x - body->down * 0.2) * body->unit;
            const mesh::Estimate above = silhouette.top_above(on_top);
            CHECK(std::abs(above.value) < 0.01);
            CHECK(above.seen > (x < 0 ? 0.99 : 0.6));
            CHECK(above.seen < (x < 0 ? 1.01 : 0.9));
        }
    }
}

TEST_CASE("the neckline lies along the shoulders and the hem along the hips of one who leans") {
    const auto garment = tee();
    const mesh::GarmentChart chart(*garment);
    const auto body = body_frame(leaning(40), 0.3F);
    REQUIRE(body);
    const mesh::Silhouette silhouette(*body, nullptr);
    const mesh::TorsoMap torso(chart, silhouette);
    const auto laid = [&](cv::Point2d p) { return torso.at(chart.torso_at(p)); };
    const cv::Point2d neckline = laid(chart.lift[2]) - laid(chart.lift[1]);
    CHECK(std::abs(slope_of(neckline) - 0.2) < 0.02);
    const auto& [left, right] = chart.anchors.side;
    CHECK(std::abs(slope_of(laid(right.hem) - laid(left.hem))) < 0.02);
}

TEST_CASE("cloth beside the neck is seen shortened and cloth on the chest is not") {
    const auto garment = tee();
    const mesh::GarmentChart chart(*garment);
    const auto body = body_frame(leaning(0), 0.3F);
    REQUIRE(body);
    const mesh::Silhouette silhouette(*body, nullptr);
    const mesh::TorsoMap torso(chart, silhouette);
    const double neck = chart.lift[1].y;
    const double width = body->unit / torso.scale();  // a shoulder width, chart pixels
    const auto level = [&](double below_neck) {
        return torso.at(chart.torso_at({chart.anchors.axis, neck + below_neck * width})).y /
               body->unit;
    };
    CHECK(std::abs((level(0.35) - level(0)) / 0.35 - 0.75) < 0.03);
    CHECK(std::abs((level(1.2) - level(0.8)) / 0.4 - 1.0) < 0.01);
    CHECK((level(0) - level(-0.04)) / 0.04 > 0.7);  // a stand collar, but for the mesh's cells
}

TEST_CASE("a print of who turns lies lower than the shoulders' width tells") {
    const auto garment = tee();
    const mesh::GarmentChart chart(*garment);
    const auto body = body_frame(leaning(0), 0.3F);
    REQUIRE(body);
    const mesh::Silhouette silhouette(*body, nullptr);
    const cv::Point2d print(chart.anchors.axis, chart.anchors.side[0].armpit.y);
    const auto below_tips = [&](double longer) {
        const mesh::TorsoMap torso(chart, silhouette, nullptr, 0, longer);
        return torso.at(chart.torso_at(print)).y -
               torso.at(chart.torso_at(chart.anchors.side[0].tip)).y;
    };
    CHECK(below_tips(1.1) > 1.05 * below_tips(1));
    // Nobody is broader than the torso's length allows.
    CHECK(below_tips(3) < 1.3 * below_tips(1));
}

}  // namespace
