#include "infer/track/pose_distance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace closet {
namespace {

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

/// The exchanged pose must be this much nearer: a share of the distance of the unexchanged one.
constexpr double kClearly = 0.7;

/// For how long a pose is a measure for the next ones, seconds: nobody turns around in less.
constexpr double kMemoryS = 0.3;

/// By how much the poses of a track must speak against its sides more than for them, in trunk
/// lengths of `side_agreement`: about 20 poses seen from the front. Runs of 21 wrong poses were
/// seen, but not at the start of a track.
constexpr double kOverruled = 10.0;

}  // namespace

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

bool SideContinuity::align(std::vector<Keypoint>& keypoints, double time_s) {
    if (!last_) {
        last_ = keypoints;
        last_s_ = time_s;
        return false;
    }
    std::vector<Keypoint> exchanged = keypoints;
    exchange_sides(exchanged, skeleton_);
    bool exchange = pose_distance(*last_, exchanged, skeleton_) <
                    kClearly * pose_distance(*last_, keypoints, skeleton_);
    agreement_ += side_agreement(*last_, keypoints, skeleton_);
    if (agreement_ <= -kOverruled) {
        exchange = false;
        agreement_ = 0;
    }
    if (exchange) {
        keypoints = exchanged;
    }
    const double elapsed = time_s - last_s_;
    if (elapsed > kMemoryS || !is_jump(*last_, keypoints, elapsed, skeleton_)) {
        last_ = keypoints;
        last_s_ = time_s;
    }
    return exchange;
}

void SideContinuity::reset() {
    last_.reset();
    agreement_ = 0;
}

}  // namespace closet
