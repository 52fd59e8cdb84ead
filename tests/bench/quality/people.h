#pragma once

#include <utility>

#include "core/pose.h"

namespace closet::test {

/// Somebody whose trunk is 100 pixels long: shoulders 60 apart at y, hips 40 apart at y + 100, the
/// other joints on the spine. All scores 1.
inline Pose upright(float x, float y, int id = 0) {
    Pose pose;
    pose.keypoints.assign(kJointCount, Keypoint{x, y + 50, 0, 1});
    const auto put = [&](Joint joint, float dx, float dy) {
        pose.at(joint) = {x + dx, y + dy, 0, 1};
    };
    put(Joint::kLeftShoulder, 30, 0);
    put(Joint::kRightShoulder, -30, 0);
    put(Joint::kLeftHip, 20, 100);
    put(Joint::kRightHip, -20, 100);
    pose.person_id = id;
    pose.score = 1;
    pose.box = enclosing_box(pose.keypoints);
    return pose;
}

inline Pose moved(Pose pose, float dx, float dy) {
    for (Keypoint& point : pose.keypoints) {
        point.x += dx;
        point.y += dy;
    }
    pose.box.x += dx;
    pose.box.y += dy;
    return pose;
}

}  // namespace closet::test
