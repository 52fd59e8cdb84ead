#include "bench/quality/pose_errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <tuple>

namespace closet::bench {
namespace {

constexpr double kLeastOfBox = 0.2;  ///< of the box's longer side
constexpr double kFarthest = 1.0;    ///< body scales

constexpr std::array kTrunk{Joint::kLeftShoulder, Joint::kRightShoulder, Joint::kLeftHip,
                            Joint::kRightHip};

const Pose* person(const std::vector<Pose>& poses, int id) {
    const auto found = std::find_if(poses.begin(), poses.end(),
                                    [id](const Pose& pose) { return pose.person_id == id; });
    return found == poses.end() ? nullptr : &*found;
}

double sure_joints(const Pose& pose) {
    double count = 0;
    for (int i = 0; i < kJointCount; ++i) {
        count += pose.at(static_cast<Joint>(i)).score >= PoseErrors::kSure ? 1 : 0;
    }
    return count;
}

void compare_people(const Pose& reference, const Pose& tested, std::size_t frame,
                    PoseErrors& errors) {
    const double scale = body_scale(reference);
    for (int i = 0; i < kJointCount; ++i) {
        const Keypoint& a = reference.at(static_cast<Joint>(i));
        const Keypoint& b = tested.at(static_cast<Joint>(i));
        if (a.score < PoseErrors::kSure) {
            continue;
        }
        const double error = std::hypot(a.x - b.x, a.y - b.y) / scale;
        errors.error.total[frame] += error;
        errors.error.weight[frame] += 1;
        errors.pck.total[frame] += error <= PoseErrors::kPckRadius ? 1 : 0;
    }
}

double trunk_distance(const Pose& a, const Pose& b) {
    double sum = 0;
    for (const Joint joint : kTrunk) {
        sum += std::hypot(a.at(joint).x - b.at(joint).x, a.at(joint).y - b.at(joint).y);
    }
    return sum / kTrunk.size();
}

}  // namespace

double body_scale(const Pose& pose) {
    const double box = kLeastOfBox * std::max(pose.box.width, pose.box.height);
    return std::max({static_cast<double>(torso_length(pose)), box, 1.0});
}

std::vector<std::pair<std::size_t, std::size_t>> match_people(std::span<const Pose> reference,
                                                              std::span<const Pose> tested) {
    std::vector<std::tuple<double, std::size_t, std::size_t>> candidates;
    for (std::size_t r = 0; r < reference.size(); ++r) {
        for (std::size_t t = 0; t < tested.size(); ++t) {
            const double distance =
                trunk_distance(reference[r], tested[t]) / body_scale(reference[r]);
            if (distance <= kFarthest) {
                candidates.emplace_back(distance, r, t);
            }
        }
    }
    std::sort(candidates.begin(), candidates.end());
    std::vector<bool> reference_taken(reference.size()), tested_taken(tested.size());
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (const auto& [distance, r, t] : candidates) {
        if (!reference_taken[r] && !tested_taken[t]) {
            reference_taken[r] = tested_taken[t] = true;
            pairs.emplace_back(r, t);
        }
    }
    return pairs;
}

double FrameMetric::mean() const {
    const double all = std::accumulate(weight.begin(), weight.end(), 0.0);
    return std::accumulate(total.begin(), total.end(), 0.0) / (all > 0 ? all : NAN);
}

PoseErrors compare_poses(const ClipPoses& reference, const ClipPoses& tested) {
    if (reference.size() != tested.size()) {
        throw std::invalid_argument("the poses compared are of clips of different length");
    }
    const std::size_t frames = reference.size();
    PoseErrors errors{FrameMetric(frames), FrameMetric(frames), FrameMetric(frames)};
    for (std::size_t i = 0; i < frames; ++i) {
        const auto pairs = match_people(reference[i], tested[i]);
        for (const Pose& pose : reference[i]) {
            errors.pck.weight[i] += sure_joints(pose);
        }
        for (const auto& [r, t] : pairs) {
            compare_people(reference[i][r], tested[i][t], i, errors);
        }
        errors.missing.total[i] = static_cast<double>(reference[i].size() - pairs.size());
        errors.missing.weight[i] = static_cast<double>(reference[i].size());
    }
    return errors;
}

FrameMetric jitter(const ClipPoses& poses) {
    FrameMetric figure(poses.size());
    for (std::size_t i = 1; i + 1 < poses.size(); ++i) {
        for (const Pose& now : poses[i]) {
            const Pose* before = person(poses[i - 1], now.person_id);
            const Pose* after = person(poses[i + 1], now.person_id);
            if (before == nullptr || after == nullptr) {
                continue;
            }
            const double scale = body_scale(now);
            for (int j = 0; j < kJointCount; ++j) {
                const auto joint = static_cast<Joint>(j);
                const Keypoint &a = before->at(joint), &b = now.at(joint), &c = after->at(joint);
                if (std::min({a.score, b.score, c.score}) < PoseErrors::kSure) {
                    continue;
                }
                figure.total[i] += std::hypot(a.x - 2 * b.x + c.x, a.y - 2 * b.y + c.y) / scale;
                figure.weight[i] += 1;
            }
        }
    }
    return figure;
}

}  // namespace closet::bench
