#include "body/measure_legs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/curve.h"

namespace closet {
namespace {

// Lengths in shoulder widths, positions in leg parameters.
/// Usual half width of a leg in clothes over the leg parameter; it is the hip's at 0 (thigh, knee,
/// calf and ankle of people/full_* and of sit_stand_walk.mp4, legs apart).
constexpr std::array<Knot, 6> kLegPrior{
    {{0.0, 0.24}, {0.3, 0.24}, {0.75, 0.18}, {1.0, 0.15}, {1.4, 0.15}, {2.0, 0.1}}};
constexpr double kLegReach = 0.7;
constexpr double kLegThinFrom = 0.35, kLegThinTo = 0.55;   ///< of the prior
constexpr double kLegThickFrom = 2.2, kLegThickTo = 3.0;   ///< wide trousers have twice the prior
constexpr double kCrotchFrom = 0.15, kCrotchTo = 0.35;     ///< the inner side begins
constexpr double kLegShortFrom = 0.25, kLegShortTo = 0.6;  ///< bones that point at the camera
constexpr double kArmBesideFrom = 0.0, kArmBesideTo = 0.06;
/// How much nearer an edge is to its own leg's bone than to the other's.
constexpr double kOwnFrom = -0.02, kOwnTo = 0.05;
constexpr double kScoreRamp = 0.2;  ///< of a joint beyond the least score, to full trust

struct LegBones {
    cv::Point2d hip;
    std::optional<cv::Point2d> knee, ankle;  ///< the ankle only together with the knee
    double hip_trust = 0, knee_trust = 0, ankle_trust = 0;
};

LegBones leg_bones(const Pose& pose, const BodyFrame& body, Side side, float min_score) {
    const bool left = side == Side::kLeft;
    const Keypoint& knee = pose.at(left ? Joint::kLeftKnee : Joint::kRightKnee);
    const Keypoint& ankle = pose.at(left ? Joint::kLeftAnkle : Joint::kRightAnkle);
    const auto trust = [&](const Keypoint& point) {
        return std::clamp((static_cast<double>(point.score) - min_score) / kScoreRamp, 0.0, 1.0);
    };
    LegBones bones;
    bones.hip = body.hip[static_cast<std::size_t>(side)];
    bones.hip_trust = body.hips_seen;
    if (is_reliable(knee, min_score)) {
        bones.knee = cv::Point2d(knee.x, knee.y);
        bones.knee_trust = std::min(bones.hip_trust, trust(knee));
        if (is_reliable(ankle, min_score)) {
            bones.ankle = cv::Point2d(ankle.x, ankle.y);
            bones.ankle_trust = std::min(bones.knee_trust, trust(ankle));
        }
    }
    return bones;
}

double distance_to_line(cv::Point2d p, cv::Point2d a, cv::Point2d b) {
    const cv::Point2d along = b - a;
    const double square = along.dot(along);
    const double t = square > 0 ? std::clamp((p - a).dot(along) / square, 0.0, 1.0) : 0.0;
    return length_of(p - a - along * t);
}

/// From a point to a leg's bones, shown pixels.
double distance_to(cv::Point2d p, const LegBones& leg) {
    double least = 1e9;
    if (leg.knee) {
        least = distance_to_line(p, leg.hip, *leg.knee);
        if (leg.ankle) {
            least = std::min(least, distance_to_line(p, *leg.knee, *leg.ankle));
        }
    }
    return least;
}

class MeasuringLegs {
  public:
    MeasuringLegs(const Pose& pose, const BodyFrame& body, const MaskRays& rays,
                  const ArmCapsules& arms, float min_score)
        : body_(body),
          rays_(rays),
          arms_(arms),
          bones_{leg_bones(pose, body, Side::kLeft, min_score),
                 leg_bones(pose, body, Side::kRight, min_score)} {}

    /// The half width at leg parameter t; outward: 1, or -1 for the inner side.
    Measure at(Side side, double t, double outward) const;

  private:
    const BodyFrame& body_;
    const MaskRays& rays_;
    const ArmCapsules& arms_;
    std::array<LegBones, 2> bones_;  ///< indexed by Side
};

Measure MeasuringLegs::at(Side side, double t, double outward) const {
    const auto s = static_cast<std::size_t>(side);
    const LegBones& bones = bones_[s];
    if (!bones.knee || (t > 1 && !bones.ankle)) {
        return {};
    }
    const cv::Point2d thigh = *bones.knee - bones.hip;
    const cv::Point2d shin = bones.ankle ? *bones.ankle - *bones.knee : thigh;
    const double length = length_of(t <= 1 ? thigh : shin) / body_.unit;
    const double bend = smoothstep(1 - BodyShape::kElbowBlend, 1 + BodyShape::kElbowBlend, t);
    const cv::Point2d along = unit_of(thigh, {}) * (1 - bend) + unit_of(shin, {}) * bend;
    if (length < kLegShortFrom || length_of(along) < 1e-6) {
        return {};
    }
    const cv::Point2d from = t <= 1 ? bones.hip + thigh * t : *bones.knee + shin * (t - 1);
    const MaskRays::Ray ray{from, body_.outer(side, along) * (outward * body_.unit)};
    if (!rays_.is_person(from).value_or(false)) {
        return {};
    }
    const auto edge = rays_.exit(ray, 0, kLegReach);
    if (!edge) {
        return {};
    }
    const cv::Point2d end = ray.at(*edge);
    const double nearer = (distance_to(end, bones_[1 - s]) - distance_to(end, bones)) / body_.unit;
    const double apart = distance_to(from, bones_[1 - s]) / body_.unit;
    const double usual = polyline(kLegPrior, t);
    double certainty = smoothstep(kLegThinFrom, kLegThinTo, *edge / usual) *
                       (1 - smoothstep(kLegThickFrom, kLegThickTo, *edge / usual)) *
                       smoothstep(kLegShortFrom, kLegShortTo, length) *
                       (t <= 1 ? bones.knee_trust : bones.ankle_trust) *
                       smoothstep(kArmBesideFrom, kArmBesideTo, arms_.distance(end)) *
                       smoothstep(kOwnFrom, kOwnTo, nearer) * smoothstep(0, usual, apart);
    if (outward < 0) {
        certainty *= smoothstep(kCrotchFrom, kCrotchTo, t);
    }
    return certainty > 0 ? Measure{static_cast<float>(*edge), static_cast<float>(certainty)}
                         : Measure{};
}

}  // namespace

void measure_legs(const Pose& pose, const BodyFrame& body, const MaskRays& rays,
                  const ArmCapsules& arms, float min_score, BodyShape& shape) {
    const MeasuringLegs measuring(pose, body, rays, arms, min_score);
    for (const Side side : kSides) {
        BodyShape::Leg& leg = shape.leg[static_cast<std::size_t>(side)];
        for (std::size_t i = 0; i < BodyShape::kLegRows; ++i) {
            const double t = BodyShape::leg_parameter(i);
            leg.outer[i] = measuring.at(side, t, 1);
            leg.inner[i] = measuring.at(side, t, -1);
        }
    }
}

}  // namespace closet
