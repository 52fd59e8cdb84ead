#include "core/pose.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace closet {
namespace {

/// BlazePose landmark of each COCO joint (MediaPipe's pose topology, 33 points).
constexpr std::array<std::size_t, kJointCount> kBlazePoseOfJoint{0,  2,  5,  7,  8,  11, 12, 13, 14,
                                                                 15, 16, 23, 24, 25, 26, 27, 28};

/// MediaPipe's pose topology: the left point has the lower number in each.
constexpr std::array<std::pair<std::size_t, std::size_t>, 16> kBlazePosePairs{{{1, 4},
                                                                               {2, 5},
                                                                               {3, 6},
                                                                               {7, 8},
                                                                               {9, 10},
                                                                               {11, 12},
                                                                               {13, 14},
                                                                               {15, 16},
                                                                               {17, 18},
                                                                               {19, 20},
                                                                               {21, 22},
                                                                               {23, 24},
                                                                               {25, 26},
                                                                               {27, 28},
                                                                               {29, 30},
                                                                               {31, 32}}};
constexpr std::array<std::pair<std::size_t, std::size_t>, 8> kCocoPairs{
    {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}, {11, 12}, {13, 14}, {15, 16}}};

constexpr std::array<std::string_view, kJointCount> kJointNames{
    "nose",           "left_eye",   "right_eye",   "left_ear",   "right_ear",   "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
    "right_hip",      "left_knee",  "right_knee",  "left_ankle", "right_ankle"};

constexpr std::array<std::string_view, kLabelCount> kLabelNames{
    "person", "face", "upper_arm", "lower_arm", "hand",          "torso",         "leg",
    "foot",   "skin", "clothes",   "hair",      "upper_clothes", "lower_clothes", "dress"};

/// Calls visit(a, b) for each measure of two shapes in step.
template <class Visit>
void for_each(BodyShape& to, const BodyShape& from, Visit visit) {
    const auto all = [&](auto& a, const auto& b) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            visit(a[i], b[i]);
        }
    };
    all(to.top, from.top);
    for (std::size_t side = 0; side < 2; ++side) {
        all(to.half_width[side], from.half_width[side]);
        all(to.arm[side].outer, from.arm[side].outer);
        all(to.arm[side].inner, from.arm[side].inner);
        all(to.leg[side].outer, from.leg[side].outer);
        all(to.leg[side].inner, from.leg[side].inner);
    }
}

}  // namespace

std::string_view to_string(PoseOrigin origin) {
    switch (origin) {
        case PoseOrigin::kMeasured:
            return "measured";
        case PoseOrigin::kInterpolated:
            return "interpolated";
        case PoseOrigin::kHeld:
            return "held";
        case PoseOrigin::kPredicted:
            return "predicted";
    }
    return "unknown";
}

std::string_view to_string(Joint joint) {
    return kJointNames.at(static_cast<std::size_t>(joint));
}

std::string_view to_string(Label label) {
    return kLabelNames.at(static_cast<std::size_t>(label));
}

std::size_t keypoint_count(Skeleton skeleton) {
    return skeleton == Skeleton::kBlazePose33 ? 33 : kJointCount;
}

std::size_t keypoint_index(Skeleton skeleton, Joint joint) {
    const auto index = static_cast<std::size_t>(joint);
    return skeleton == Skeleton::kBlazePose33 ? kBlazePoseOfJoint.at(index) : index;
}

std::span<const std::pair<std::size_t, std::size_t>> side_pairs(Skeleton skeleton) {
    if (skeleton == Skeleton::kBlazePose33) {
        return kBlazePosePairs;
    }
    return kCocoPairs;
}

void exchange_sides(std::vector<Keypoint>& keypoints, Skeleton skeleton) {
    for (const auto& [left, right] : side_pairs(skeleton)) {
        std::swap(keypoints.at(left), keypoints.at(right));
    }
}

const Keypoint& Pose::at(Joint joint) const {
    return keypoints.at(keypoint_index(skeleton, joint));
}

Keypoint& Pose::at(Joint joint) {
    return keypoints.at(keypoint_index(skeleton, joint));
}

Pose to_coco17(const Pose& pose) {
    Pose result = pose;
    if (pose.skeleton == Skeleton::kCoco17) {
        return result;
    }
    result.skeleton = Skeleton::kCoco17;
    result.keypoints.clear();
    for (const std::size_t index : kBlazePoseOfJoint) {
        result.keypoints.push_back(pose.keypoints.at(index));
    }
    return result;
}

Box enclosing_box(const std::vector<Keypoint>& keypoints, float min_score) {
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (const Keypoint& point : keypoints) {
        if (point.score >= min_score) {
            left = std::min(left, point.x);
            top = std::min(top, point.y);
            right = std::max(right, point.x);
            bottom = std::max(bottom, point.y);
        }
    }
    return right >= left ? Box{left, top, right - left, bottom - top} : Box{};
}

float torso_length(const Pose& pose) {
    const Keypoint& left_shoulder = pose.at(Joint::kLeftShoulder);
    const Keypoint& right_shoulder = pose.at(Joint::kRightShoulder);
    const Keypoint& left_hip = pose.at(Joint::kLeftHip);
    const Keypoint& right_hip = pose.at(Joint::kRightHip);
    return std::hypot(left_shoulder.x + right_shoulder.x - left_hip.x - right_hip.x,
                      left_shoulder.y + right_shoulder.y - left_hip.y - right_hip.y) /
           2.0F;
}

BodyShape mix(std::span<const WeightedShape> shapes) {
    BodyShape sum;
    float total = 0;
    for (const auto& [shape, weight] : shapes) {
        if (!(weight > 0)) {
            continue;
        }
        total += weight;
        if (shape != nullptr) {
            for_each(sum, *shape, [w = weight](Measure& to, const Measure& from) {
                to.value += w * from.certainty * from.value;
                to.certainty += w * from.certainty;
            });
        }
    }
    for_each(sum, sum, [total](Measure& to, const Measure&) {
        to.value = to.certainty > 0 ? to.value / to.certainty : 0.0F;
        to.certainty = total > 0 ? to.certainty / total : 0.0F;
    });
    return sum;
}

}  // namespace closet
