#include "body/measuring.h"

#include <algorithm>
#include <cmath>

#include "core/curve.h"

namespace closet::body {
namespace {

/// Certainties at the shoulder: inwards there is only the torso (mesh study); outwards the ray ends
/// on the round of the shoulder, where cloth lies.
constexpr double kInnerAtShoulder = 0.1, kOuterAtShoulder = 0.6;
constexpr double kArmReach = 0.45;
constexpr double kThinFrom = 0.3, kThinTo = 0.5, kThickFrom = 1.7, kThickTo = 2.1;  ///< of prior
constexpr double kJointFrom = 0.2, kJointTo = 0.5;    ///< arm parameters: there the shoulder ends
constexpr double kShortFrom = 0.15, kShortTo = 0.35;  ///< bones that point at the camera
constexpr double kOnTorso = 0.08;                     ///< an arm so far inside the torso is on it

/// Usual half width of an arm over the arm parameter (mesh study, section 3).
constexpr std::array<Knot, 5> kArmPrior{
    {{0.0, 0.19}, {0.5, 0.165}, {1.0, 0.135}, {1.5, 0.12}, {2.0, 0.085}}};

}  // namespace

/// 0 where a point of the arm lies on the torso, 1 where it is free of it.
double Measuring::free_of_torso(Side side, cv::Point2d at) const {
    const double v = -height(at);
    const double level = v * body_.unit / body_.torso;
    if (level < 0 || level > 1.1) {
        return 1;
    }
    const double outwards = lateral(at) * (side == Side::kLeft ? 1.0 : -1.0);
    const double past_edge = std::max(outwards - usual_half_width(side, level),
                                      -outwards - usual_half_width(side, level));
    return smoothstep(-2 * kOnTorso, -kOnTorso, past_edge);
}

/// outward: 1 or -1, the side of the bone.
Measure Measuring::arm(Side side, double t, double outward) const {
    const ArmBones& bones = arms_[static_cast<std::size_t>(side)];
    if (!bones.elbow || (t > 1 && !bones.wrist)) {
        return {};
    }
    const cv::Point2d upper = *bones.elbow - bones.shoulder;
    const cv::Point2d fore = bones.wrist ? *bones.wrist - *bones.elbow : upper;
    const double upper_length = length_of(upper);
    const double fore_length = length_of(fore);
    const double least = kShortFrom * body_.unit;
    if ((t <= 1 && upper_length <= least) || (t >= 1 && fore_length <= least)) {
        return {};
    }
    const double bend = smoothstep(1 - BodyShape::kElbowBlend, 1 + BodyShape::kElbowBlend, t);
    const cv::Point2d along = upper * ((1 - bend) / std::max(upper_length, 1e-9)) +
                              fore * (bend / std::max(fore_length, 1e-9));
    if (length_of(along) < 1e-6) {
        return {};  // folded back onto itself
    }
    const cv::Point2d at = t <= 1 ? bones.shoulder + upper * t : *bones.elbow + fore * (t - 1);
    const Ray ray{at, body_.outer(side, along) * (outward * body_.unit)};
    if (!rays_.is_person(at).value_or(false)) {
        return {};
    }
    const auto edge = rays_.exit(ray, 0, kArmReach);
    if (!edge) {
        return {};
    }
    const double usual = polyline(kArmPrior, t);
    const Side other = side == Side::kLeft ? Side::kRight : Side::kLeft;
    const double length = (t <= 1 ? upper_length : fore_length) / body_.unit;
    const double trust = t <= 1 ? bones.elbow_trust : bones.wrist_trust;
    const double at_shoulder = outward > 0 ? kOuterAtShoulder : kInnerAtShoulder;
    const double certainty =
        smoothstep(kThinFrom, kThinTo, *edge / usual) *
        (1 - smoothstep(kThickFrom, kThickTo, *edge / usual)) *
        (at_shoulder + (1 - at_shoulder) * smoothstep(kJointFrom, kJointTo, t)) *
        smoothstep(kShortFrom, kShortTo, length) * trust * free_of_torso(side, at) *
        smoothstep(kNearArmFrom, kNearArmTo, capsules_.distance(at, other)) *
        smoothstep(kNearArmFrom, kNearArmTo, capsules_.distance(ray.at(*edge), other));
    return measured(*edge, certainty);
}

}  // namespace closet::body
