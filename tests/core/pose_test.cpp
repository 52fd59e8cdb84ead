#include "core/pose.h"

#include <doctest/doctest.h>

using namespace closet;

namespace {

/// Keypoint i of the 33 lies at (i, 2 i).
Pose numbered_pose() {
    Pose pose;
    pose.skeleton = Skeleton::kBlazePose33;
    for (int i = 0; i < 33; ++i) {
        const auto value = static_cast<float>(i);
        pose.keypoints.push_back({value, 2 * value, 0, value / 33});
    }
    return pose;
}

}  // namespace

TEST_CASE("pose: a joint is found in either skeleton") {
    const Pose pose = numbered_pose();
    CHECK(pose.at(Joint::kLeftShoulder).x == 11);
    CHECK(pose.at(Joint::kRightAnkle).x == 28);
    const Pose coco = to_coco17(pose);
    REQUIRE(coco.keypoints.size() == 17);
    for (int i = 0; i < kJointCount; ++i) {
        const auto joint = static_cast<Joint>(i);
        CHECK(coco.at(joint).x == pose.at(joint).x);
    }
    CHECK(to_string(Joint::kRightWrist) == "right_wrist");
}

TEST_CASE("pose: the enclosing box leaves out points below the score") {
    const Box all = enclosing_box(numbered_pose().keypoints);
    CHECK(all.width == 32);
    CHECK(all.height == 64);
    const Box sure = enclosing_box(numbered_pose().keypoints, 0.5F);
    CHECK(sure.x == 17);
    CHECK(enclosing_box({}).width == 0);
}

TEST_CASE("pose: torso length runs from mid shoulders to mid hips") {
    Pose pose;
    pose.keypoints.resize(17);
    pose.at(Joint::kLeftShoulder) = {10, 0, 0, 1};
    pose.at(Joint::kRightShoulder) = {-10, 0, 0, 1};
    pose.at(Joint::kLeftHip) = {8, 30, 0, 1};
    pose.at(Joint::kRightHip) = {-8, 30, 0, 1};
    CHECK(torso_length(pose) == doctest::Approx(30));
}
