#include "body/arm_capsules.h"

#include <algorithm>
#include <cmath>

namespace closet {
namespace {

// Radii of the mesh study (armdist), in shoulder widths. The top of the upper arm belongs to the
// shoulder. The hand goes on from the wrist by its length over that of a forearm (0.108 and 0.146
// of the stature; Drillis and Contini, 1966).
constexpr double kArmBegins = 0.12;
constexpr double kUpperRadius = 0.165, kElbowRadius = 0.13, kWristRadius = 0.085;
constexpr double kHandRadius = 0.10, kFingerRadius = 0.08, kHandOfForearm = 0.74;

/// Beyond the least score that is relied on, trust grows to 1 over this.
constexpr double kTrustRamp = 0.2;

constexpr double kNowhere = 1e9;
constexpr double kSmallestStep = 0.02;  ///< of a walk along a ray, shoulder widths

double trust(const Keypoint& point, float min_score) {
    return std::clamp((static_cast<double>(point.score) - min_score) / kTrustRamp, 0.0, 1.0);
}

}  // namespace

ArmBones arm_bones(const Pose& pose, const BodyFrame& body, Side side, float min_score) {
    const bool left = side == Side::kLeft;
    const Keypoint& elbow = pose.at(left ? Joint::kLeftElbow : Joint::kRightElbow);
    const Keypoint& wrist = pose.at(left ? Joint::kLeftWrist : Joint::kRightWrist);
    ArmBones bones;
    bones.shoulder = body.shoulder[static_cast<std::size_t>(side)];
    if (is_reliable(elbow, min_score)) {
        bones.elbow = cv::Point2d(elbow.x, elbow.y);
        bones.elbow_trust = trust(elbow, min_score);
        if (is_reliable(wrist, min_score)) {
            bones.wrist = cv::Point2d(wrist.x, wrist.y);
            bones.wrist_trust = std::min(bones.elbow_trust, trust(wrist, min_score));
        }
    }
    return bones;
}

ArmCapsules::ArmCapsules(const std::array<ArmBones, 2>& arms, const BodyFrame& body)
    : unit_(body.unit) {
    for (const Side side : kSides) {
        const ArmBones& arm = arms[static_cast<std::size_t>(side)];
        if (!arm.elbow) {
            continue;
        }
        const cv::Point2d begin = arm.shoulder + (*arm.elbow - arm.shoulder) * kArmBegins;
        add(side, Part::kWhole, begin, *arm.elbow, kUpperRadius, kElbowRadius);
        if (arm.wrist) {
            const cv::Point2d fingers = *arm.wrist + (*arm.wrist - *arm.elbow) * kHandOfForearm;
            add(side, Part::kForearm, *arm.elbow, *arm.wrist, kElbowRadius, kWristRadius);
            add(side, Part::kForearm, *arm.wrist, fingers, kHandRadius, kFingerRadius);
        }
    }
}

void ArmCapsules::add(Side side, Part part, cv::Point2d from, cv::Point2d to, double radius,
                      double end) {
    const cv::Point2d along = to - from;
    const double square = along.dot(along);
    capsules_[static_cast<std::size_t>(side)].push_back(
        {part, from, along, square > 0 ? 1 / square : 0.0, radius, end - radius});
}

double ArmCapsules::distance(cv::Point2d at, Side side, Part part) const {
    double least = kNowhere;
    for (const Capsule& capsule : capsules_[static_cast<std::size_t>(side)]) {
        if (part == Part::kForearm && capsule.part != part) {
            continue;
        }
        const cv::Point2d to = at - capsule.from;
        const double t = std::clamp(to.dot(capsule.along) * capsule.inverse_square, 0.0, 1.0);
        const cv::Point2d off = to - capsule.along * t;
        least =
            std::min(least, std::sqrt(off.dot(off)) / unit_ - capsule.radius - capsule.widens * t);
    }
    return least;
}

double ArmCapsules::distance(cv::Point2d at, Part part) const {
    return std::min(distance(at, Side::kLeft, part), distance(at, Side::kRight, part));
}

/// Steps as far as the distance allows ("sphere tracing"; Hart, The Visual Computer 12, 1996).
std::optional<double> ArmCapsules::first_hit(cv::Point2d from, cv::Point2d direction, double end,
                                             Part part) const {
    const cv::Point2d step = direction * unit_;
    double r = 0;
    double last = r;
    double before = distance(from, part);
    if (before <= 0) {
        return r;
    }
    while (r < end) {
        r = std::min(end, r + std::max(before, kSmallestStep));
        const double now = distance(from + step * r, part);
        if (now <= 0) {
            return last + (r - last) * before / (before - now);
        }
        last = r;
        before = now;
    }
    return std::nullopt;
}

}  // namespace closet
