#include "infer/side_continuity.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>

namespace closet {
namespace {

/// Pairs of left and right (MediaPipe's pose topology): eyes and mouth, then the rest, which
/// alternate.
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

std::span<const std::pair<std::size_t, std::size_t>> pairs_of(Skeleton skeleton) {
    if (skeleton == Skeleton::kBlazePose33) {
        return kBlazePosePairs;
    }
    return kCocoPairs;
}

/// The exchanged pose must be this much nearer: a share of the distance of the unexchanged one.
constexpr double kClearly = 0.7;

double distance(const Keypoint& a, const Keypoint& b) {
    return std::hypot(a.x - b.x, a.y - b.y);
}

}  // namespace

void exchange_sides(std::vector<Keypoint>& keypoints, Skeleton skeleton) {
    for (const auto& [left, right] : pairs_of(skeleton)) {
        std::swap(keypoints.at(left), keypoints.at(right));
    }
}

bool SideContinuity::align(std::vector<Keypoint>& keypoints) {
    bool exchange = false;
    if (last_) {
        double kept = 0, exchanged = 0;
        for (const auto& [left, right] : pairs_of(skeleton_)) {
            kept += distance(keypoints.at(left), last_->at(left)) +
                    distance(keypoints.at(right), last_->at(right));
            exchanged += distance(keypoints.at(left), last_->at(right)) +
                         distance(keypoints.at(right), last_->at(left));
        }
        exchange = exchanged < kClearly * kept;
    }
    if (exchange) {
        exchange_sides(keypoints, skeleton_);
    }
    last_ = keypoints;
    return exchange;
}

}  // namespace closet
