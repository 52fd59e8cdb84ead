#include "warp/occlusion/limb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "warp/paint/kernel.h"
#include "warp/wearer.h"

namespace closet::occlusion {
namespace {

// Radii in shoulder widths, from the mesh study.
constexpr double kSlim = 0.02, kElbow = 0.13, kWrist = 0.085, kPalm = 0.09, kFingers = 0.11;
/// The arm comes to the front gradually over this share of the upper arm above the elbow: a round
/// end would be a notch in what covers the upper arm.
constexpr double kElbowShare = 0.4;
/// The hand's thick line ends at this share of the forearm's length beyond the wrist, or at this
/// multiple of the way to the knuckles where those are known; found on photographs.
constexpr double kHandOfForearm = 0.42;
constexpr double kHandOfKnuckles = 1.5;
/// A wrist is behind when it is farther from the camera than the shoulders by the first (the
/// study's bound: hanging arms measure up to .6 of it), and in front when nearer by the second;
/// shoulder widths.
constexpr double kBehind = 0.9;
constexpr double kInFront = 0.3;
/// Knuckles of little and index finger, BlazePose's numbering, left and right.
constexpr std::array<std::array<std::size_t, 2>, 2> kKnuckles{{{17, 19}, {18, 20}}};

cv::Point2d finger_end(const Pose& pose, std::size_t side, cv::Point2d elbow, cv::Point2d wrist,
                       float min_score) {
    if (pose.skeleton == Skeleton::kBlazePose33) {
        const Keypoint& little = pose.keypoints[kKnuckles[side][0]];
        const Keypoint& index = pose.keypoints[kKnuckles[side][1]];
        if (is_reliable(little, min_score) && is_reliable(index, min_score)) {
            const cv::Point2d knuckles = (place_of(little) + place_of(index)) / 2;
            return wrist + (knuckles - wrist) * kHandOfKnuckles;
        }
    }
    return wrist + (wrist - elbow) * kHandOfForearm;
}

Depth depth_of(const Keypoint& wrist, const Pose& pose, double unit) {
    const float left = pose.at(Joint::kLeftShoulder).z;
    const float right = pose.at(Joint::kRightShoulder).z;
    if (!std::isfinite(left) || !std::isfinite(right) || !std::isfinite(wrist.z)) {
        return Depth::kUnknown;
    }
    const double farther = (wrist.z - (left + right) / 2) / unit;
    return farther > kBehind     ? Depth::kBehind
           : farther < -kInFront ? Depth::kFront
                                 : Depth::kUnknown;
}

/// A part, with what is the same for all points worked out once.
class Line {
  public:
    explicit Line(const Limb::Part& part)
        : from_(part.from),
          axis_(part.to - part.from),
          radius_(part.radius_from),
          widening_(part.radius_to - part.radius_from),
          least_(part.flat ? 0.0F : std::numeric_limits<float>::lowest()) {
        const float squared = axis_.dot(axis_);
        per_length_ = squared > 0 ? 1.0F / squared : 0.0F;
    }

    float squared_reach(cv::Point2f at) const {
        const float x = at.x - from_.x;
        const float y = at.y - from_.y;
        const float along = (x * axis_.x + y * axis_.y) * per_length_;
        const float above = along > 0.0F ? along : 0.0F;
        const float t = above < 1.0F ? above : 1.0F;
        const float beside_x = x - axis_.x * t;
        const float beside_y = y - axis_.y * t;
        const float radius = radius_ + widening_ * t;
        const float reach = (beside_x * beside_x + beside_y * beside_y) / (radius * radius);
        return along < least_ ? std::numeric_limits<float>::max() : reach;
    }

  private:
    cv::Point2f from_, axis_;
    float radius_, widening_, least_, per_length_ = 0;
};

CLOSET_TARGET_CLONES
void reaches_of(const Line& line, cv::Point2f at, std::size_t n, float* __restrict reaches) {
    const Line own = line;
    for (std::size_t i = 0; i < n; ++i) {
        const auto step = static_cast<float>(static_cast<int>(i));
        reaches[i] = own.squared_reach({at.x + 2.0F * step, at.y});
    }
}

}  // namespace

float Limb::Part::squared_reach(cv::Point2f at) const {
    return Line(*this).squared_reach(at);
}

void Limb::Part::squared_reaches(cv::Point2f at, std::size_t n, float* reaches) const {
    reaches_of(Line(*this), at, n, reaches);
}

std::pair<float, float> Limb::Part::across(float y, float reach) const {
    const float radius = reach * std::max(radius_from, radius_to);
    const cv::Point2f axis = to - from;
    const float above = y - radius - from.y, below = y + radius - from.y;
    float first = 0, last = 1;  // of the axis
    if (std::abs(axis.y) > 1e-3F) {
        const float a = above / axis.y, b = below / axis.y;
        first = std::max(std::min(a, b), 0.0F);
        last = std::min(std::max(a, b), 1.0F);
    } else if (above > axis.y || below < axis.y) {
        last = -1;
    }
    if (!(first <= last)) {
        return {0.0F, 0.0F};
    }
    const float a = from.x + axis.x * first, b = from.x + axis.x * last;
    return {std::min(a, b) - radius, std::max(a, b) + radius};
}

bool Limb::is_placed(cv::Point2f at) const {
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
        return part.by_place && part.squared_reach(at) <= 1;
    });
}

cv::Rect2d Limb::box(float reach) const {
    cv::Rect2d all;
    for (const Part& part : parts) {
        for (const auto& [at, radius] :
             {std::pair(part.from, part.radius_from), std::pair(part.to, part.radius_to)}) {
            const double r = static_cast<double>(reach * radius);
            const cv::Rect2d round(at.x - r, at.y - r, 2 * r, 2 * r);
            all = all.empty() ? round : all | round;
        }
    }
    return all;
}

std::vector<Limb> find_limbs(const Pose& pose, const BodyFrame& body, Sleeves sleeves,
                             float min_score) {
    constexpr std::array kElbows{Joint::kLeftElbow, Joint::kRightElbow};
    constexpr std::array kWrists{Joint::kLeftWrist, Joint::kRightWrist};
    const auto pixels = [&](double widths) { return static_cast<float>(widths * body.unit); };
    std::vector<Limb> limbs;
    for (std::size_t side = 0; side < 2; ++side) {
        const Keypoint& elbow = pose.at(kElbows[side]);
        const Keypoint& wrist = pose.at(kWrists[side]);
        if (!is_reliable(elbow, min_score) || !is_reliable(wrist, min_score)) {
            continue;
        }
        const cv::Point2d from = place_of(elbow);
        const cv::Point2d to = place_of(wrist);
        const cv::Point2d fingers = finger_end(pose, side, from, to, min_score);
        Limb limb;
        limb.depth = depth_of(wrist, pose, body.unit);
        limb.hand_only = sleeves == Sleeves::kLong;
        if (!limb.hand_only) {
            const cv::Point2d above = from + (body.shoulder[side] - from) * kElbowShare;
            limb.parts.push_back({above, from, pixels(kSlim), pixels(kElbow), false, false});
            limb.parts.push_back({from, to, pixels(kElbow), pixels(kWrist), false});
        }
        limb.parts.push_back({to, fingers, pixels(kPalm), pixels(kFingers), limb.hand_only});
        limbs.push_back(std::move(limb));
    }
    return limbs;
}

}  // namespace closet::occlusion
