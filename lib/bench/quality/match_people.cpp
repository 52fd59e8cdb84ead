#include "bench/quality/match_people.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace closet::bench {
namespace {

constexpr double kLeastOfBox = 0.2;  ///< of the box's longer side
constexpr double kFarthest = 1.0;    ///< body scales

constexpr std::array kTrunk{Joint::kLeftShoulder, Joint::kRightShoulder, Joint::kLeftHip,
                            Joint::kRightHip};

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

}  // namespace closet::bench
