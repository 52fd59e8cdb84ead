#include "infer/track/pose_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace closet {
namespace {

constexpr std::array kLimbPairs{std::pair(Joint::kLeftShoulder, Joint::kRightShoulder),
                                std::pair(Joint::kLeftElbow, Joint::kRightElbow),
                                std::pair(Joint::kLeftWrist, Joint::kRightWrist),
                                std::pair(Joint::kLeftHip, Joint::kRightHip),
                                std::pair(Joint::kLeftKnee, Joint::kRightKnee),
                                std::pair(Joint::kLeftAnkle, Joint::kRightAnkle)};

// In trunk lengths, mean of the joints.
constexpr double kNoise = 0.03;
constexpr double kMostSpeed = 2.0;  ///< a second

/// Sums of distances with the sides as they are and with those of `b` exchanged, and the trunk.
struct Distances {
    double kept = 0;
    double exchanged = 0;
    double trunk = 0;  ///< of `a`
};

double distance(const Keypoint& a, const Keypoint& b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

Distances measure(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b,
                  Skeleton skeleton) {
    Distances sum;
    for (const auto& [left, right] : kLimbPairs) {
        const Keypoint& a_left = a.at(keypoint_index(skeleton, left));
        const Keypoint& a_right = a.at(keypoint_index(skeleton, right));
        const Keypoint& b_left = b.at(keypoint_index(skeleton, left));
        const Keypoint& b_right = b.at(keypoint_index(skeleton, right));
        sum.kept += distance(a_left, b_left) + distance(a_right, b_right);
        sum.exchanged += distance(a_left, b_right) + distance(a_right, b_left);
    }
    Pose trunk;
    trunk.skeleton = skeleton;
    trunk.keypoints = a;
    sum.trunk = torso_length(trunk);
    return sum;
}

double in_trunks(double sum, double trunk) {
    return trunk > 0.0 ? sum / trunk / (2.0 * kLimbPairs.size())
                       : std::numeric_limits<double>::infinity();
}

}  // namespace

double pose_distance(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b,
                     Skeleton skeleton) {
    const Distances sum = measure(a, b, skeleton);
    return in_trunks(sum.kept, sum.trunk);
}

double unsided_distance(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b,
                        Skeleton skeleton) {
    const Distances sum = measure(a, b, skeleton);
    return in_trunks(std::min(sum.kept, sum.exchanged), sum.trunk);
}

bool is_jump(const std::vector<Keypoint>& before, const std::vector<Keypoint>& now,
             double elapsed_s, Skeleton skeleton) {
    return unsided_distance(before, now, skeleton) > kNoise + kMostSpeed * elapsed_s;
}

double side_agreement(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b,
                      Skeleton skeleton) {
    const Distances sum = measure(a, b, skeleton);
    return sum.trunk > 0.0 ? in_trunks(sum.exchanged - sum.kept, sum.trunk) : 0.0;
}

}  // namespace closet
