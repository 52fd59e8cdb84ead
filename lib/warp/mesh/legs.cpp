#include "warp/mesh/legs.h"

#include <algorithm>
#include <cmath>

#include "warp/mesh/curve.h"

namespace closet::mesh {
namespace {

// Lengths in shoulder widths.
/// Bones seen from the side (people/full_*: thighs 1.15 .. 1.54, shins 1.03 .. 1.40).
constexpr double kThigh = 1.35, kShin = 1.25;
constexpr double kLeastOfBone = 0.8;               ///< shorter bones point at the camera
constexpr double kKneeFrom = 0.2, kKneeTo = 0.45;  ///< scores between which joints are believed
constexpr double kAnkleFrom = 0.1, kAnkleTo = 0.3;
constexpr double kKneeRounding = 0.22;  ///< of the shorter bone, on either side
constexpr double kBeyondAnkle = 1.15;
constexpr std::size_t kLegSteps = 61;
/// A bend leaves this share of its radius, and of the way to the bisector of both bones, to the
/// inner half: no folds, with a margin for cells of the mesh (as for sleeves).
constexpr double kOfKneeRadius = 0.4, kOfKneeCrease = 0.75, kSharpestKnee = 2.85;
/// Half width over the leg parameter (0 hip, 1 knee, 2 ankle), as in measure_legs.cpp.
constexpr std::array<Knot, 6> kLegWidth{
    {{0.0, 0.25}, {0.3, 0.24}, {0.75, 0.18}, {1.0, 0.15}, {1.4, 0.15}, {2.0, 0.1}}};
constexpr double kLegPriorWeight = 0.15;
constexpr double kLegNarrowest = 0.6, kLegWidest = 2.4;  ///< believed, of the prior
constexpr double kSmoothLegRows = 1.0;
/// Both legs are as wide: what is wider by these factors is a bag, a hand or something behind.
constexpr double kWiderFrom = 1.25, kWiderTo = 1.6;
constexpr double kLowerAnkle = 0.5;  ///< nearness of an ankle a shoulder width lower in the picture

double trust_in(const Keypoint& point, double from, double to) {
    return is_reliable(point, 0) ? smoothstep(from, to, point.score) : 0.0;
}

}  // namespace

Leg::Leg(PictureSide side, const Silhouette& body, const Pose& pose, const BodyShape* shape) {
    const BodyFrame& frame = body.body();
    const Side wearers = body.side_of(side);
    const bool left = wearers == Side::kLeft;
    const Keypoint& knee = pose.at(left ? Joint::kLeftKnee : Joint::kRightKnee);
    const Keypoint& ankle = pose.at(left ? Joint::kLeftAnkle : Joint::kRightAnkle);
    hip_ = frame.hip[static_cast<std::size_t>(wearers)];
    // What is not seen hangs down, straight on.
    cv::Point2d at_knee = hip_ + frame.down * (kThigh * frame.unit);
    if (const double trust = trust_in(knee, kKneeFrom, kKneeTo) * frame.hips_seen; trust > 0) {
        at_knee = mix(at_knee, {knee.x, knee.y}, trust);
    }
    cv::Point2d at_ankle = at_knee + unit_of(at_knee - hip_, frame.down) * (kShin * frame.unit);
    if (const double trust = trust_in(ankle, kAnkleFrom, kAnkleTo) * frame.hips_seen; trust > 0) {
        at_ankle = mix(at_ankle, {ankle.x, ankle.y}, trust);
    }
    const Keypoint& hip = pose.at(left ? Joint::kLeftHip : Joint::kRightHip);
    depth_ = (depth_from(hip, knee) + depth_from(hip, ankle)) / 2 / frame.unit +
             depth_from({}, hip) / frame.unit;
    depth_ = std::isfinite(depth_) ? depth_ : 0;
    ankle_at_ = at_ankle;
    lay(at_knee, at_ankle, frame.unit);
    set_widths(side, body, shape);
}

void Leg::lay(cv::Point2d knee, cv::Point2d ankle, double unit) {
    const double thigh = length_of(knee - hip_);
    const double shin = length_of(ankle - knee);
    knee_ = std::max(thigh, kLeastOfBone * kThigh * unit);
    const double shin_cloth = std::max(shin, kLeastOfBone * kShin * unit);
    ankle_ = knee_ + shin_cloth;
    thigh_seen_ = thigh / (kThigh * unit);
    direction_ = unit_of(knee - hip_, {0, 1});
    const cv::Point2d first = direction_ * (thigh / knee_);
    const cv::Point2d second = unit_of(ankle - knee, direction_) * (shin / shin_cloth);
    const cv::Point2d below = unit_of(second, direction_);
    bend_ = std::atan2(direction_.cross(below), direction_.dot(below));
    const double rounding = kKneeRounding * std::min(knee_, shin_cloth);
    const auto velocity = [&](double s) {
        return mix(first, second, smoothstep(knee_ - rounding, knee_ + rounding, s));
    };
    step_ = kBeyondAnkle * ankle_ / (kLegSteps - 1);
    steps_.resize(kLegSteps);
    std::vector<double> radius(kLegSteps);
    cv::Point2d at = hip_;
    double tightest = 1e9;
    for (std::size_t i = 0; i < kLegSteps; ++i) {
        const double s = static_cast<double>(i) * step_;
        const cv::Point2d along = velocity(s);
        const cv::Point2d next = velocity(s + step_);
        const double turns = std::atan2(along.cross(next), along.dot(next));
        radius[i] = std::abs(turns) > 1e-6
                        ? std::min(kOfKneeRadius * length_of(along) * step_ / std::abs(turns), 1e9)
                        : 1e9;
        tightest = std::min(tightest, radius[i]);
        steps_[i].at = at;
        steps_[i].normal = quarter_turn(unit_of(along, direction_));
        at += velocity(s + step_ / 2) * step_;
    }
    const double crease = std::tan(std::clamp(std::abs(bend_), 1e-3, kSharpestKnee) / 2);
    for (std::size_t i = 0; i < kLegSteps; ++i) {
        const double from_knee = std::abs(static_cast<double>(i) * step_ - knee_);
        steps_[i].tight = std::min(radius[i], tightest + kOfKneeCrease * from_knee / crease);
    }
}

void Leg::set_widths(PictureSide side, const Silhouette& body, const BodyShape* shape) {
    const BodyFrame& frame = body.body();
    const auto own = static_cast<std::size_t>(body.side_of(side));
    const bool outer_is_positive =
        frame.outer(body.side_of(side), frame.down).dot(quarter_turn(frame.down)) > 0;
    for (const bool positive : {false, true}) {
        std::array<double, BodyShape::kLegRows> widths{};
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const double usual = polyline(kLegWidth, BodyShape::leg_parameter(i));
            widths[i] = usual;
            if (shape == nullptr) {
                continue;
            }
            const bool outer = positive == outer_is_positive;
            const auto measure = [&](std::size_t s) {
                return outer ? shape->leg[s].outer[i] : shape->leg[s].inner[i];
            };
            const Measure seen = measure(own), other = measure(1 - own);
            const double value = std::clamp(static_cast<double>(seen.value), kLegNarrowest * usual,
                                            kLegWidest * usual);
            const double wider = value / std::max(static_cast<double>(other.value), 0.05);
            const double certainty = std::clamp(static_cast<double>(seen.certainty), 0.0, 1.0) *
                                     (1 - std::clamp(static_cast<double>(other.certainty), 0., 1.) *
                                              smoothstep(kWiderFrom, kWiderTo, wider));
            widths[i] =
                (certainty * value + kLegPriorWeight * usual) / (certainty + kLegPriorWeight);
        }
        smooth(widths, kSmoothLegRows);
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const double s = static_cast<double>(i) * step_;
            const double t = s < knee_ ? s / knee_ : 1 + (s - knee_) / (ankle_ - knee_);
            const double width =
                look_up<double>(widths, t / 2 * static_cast<double>(widths.size() - 1));
            (positive ? steps_[i].positive : steps_[i].negative) = width * frame.unit;
            steps_[i].usual = polyline(kLegWidth, t) * frame.unit;
        }
    }
}

Leg::Place Leg::place(double along) const {
    const double last = static_cast<double>(steps_.size() - 1);
    const double position = std::clamp(along / step_, 0.0, last);
    const auto [i, share] = between(position, steps_.size());
    const Place& a = steps_[i];
    const Place& b = steps_[i + 1];
    Place place;
    place.normal = unit_of(mix(a.normal, b.normal, share), a.normal);
    const cv::Point2d direction(place.normal.y, -place.normal.x);
    place.at = mix(a.at, b.at, share) + direction * (along - position * step_);
    place.negative = mix(a.negative, b.negative, share);
    place.positive = mix(a.positive, b.positive, share);
    place.usual = mix(a.usual, b.usual, share);
    place.tight = mix(a.tight, b.tight, share);
    return place;
}

double left_nearer(const Legs& legs, const Silhouette& body) {
    if (legs[0].depth() != 0 || legs[1].depth() != 0) {
        return legs[1].depth() - legs[0].depth();
    }
    return kLowerAnkle * (legs[0].ankle() - legs[1].ankle()).dot(body.body().down) /
           body.body().unit;
}

}  // namespace closet::mesh
