#include "core/body_frame.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "core/curve.h"

namespace closet {
namespace {

// Note [Body frame]
// Proportions of an upright adult in shoulder widths (joint to joint), as the mesh study used them.
constexpr double kTorsoOfShoulders = 1.5;  ///< length of a torso whose hips are not seen
constexpr double kHipOfShoulders = 0.33;   ///< half distance of hip joints that are not seen
constexpr double kUnitOfTorso = 0.5;       ///< least shoulder width of a torso, seen from any side
/// Depth may lengthen the shoulder axis of a turned body up to this share of a torso that is seen.
constexpr double kMostOfTorso = 1 / kTorsoOfShoulders;
/// Lengths this near each other, in torso lengths, take each other's place by and by; pixels.
constexpr double kSoft = 0.04, kLeastSoft = 1e-9;
constexpr double kShoulderShare = 0.5;  ///< of the shoulder axis in the topmost row
constexpr double kHipShare = 0.35;      ///< of the hip axis in the lowest row
/// Hips are believed from the first mean score up to the second (those of people cut off at the
/// hips, 0.2 to 0.4, were right in shared/media/pairs, and a guess was worse), and where the torso
/// is longer than the first to the second length; shorter ones point at the camera and tell no
/// direction.
constexpr double kHipScoreFrom = 0.1, kHipScoreTo = 0.35;
constexpr double kTorsoFrom = 0.5, kTorsoTo = 0.8;
/// The axis through both shoulders (hips) tells a direction above these lengths, in `unit`.
constexpr double kAxisFrom = 0.24, kAxisTo = 0.6;
constexpr double kHipAxisFrom = 0.1, kHipAxisTo = 0.3;

cv::Point2d point_of(const Keypoint& keypoint) {
    return {keypoint.x, keypoint.y};
}

/// A quarter turn of v, of the two the one on the side of `towards`.
cv::Point2d quarter(cv::Point2d v, cv::Point2d towards) {
    const cv::Point2d turned(-v.y, v.x);
    return turned.dot(towards) < 0 ? -turned : turned;
}

/// Any vector that points from the shoulders' middle to where the hips should be.
cv::Point2d below(const Pose& pose, cv::Point2d middle, float min_score) {
    cv::Point2d head;
    int count = 0;
    for (const Joint joint :
         {Joint::kNose, Joint::kLeftEye, Joint::kRightEye, Joint::kLeftEar, Joint::kRightEar}) {
        if (is_reliable(pose.at(joint), min_score)) {
            head += point_of(pose.at(joint));
            ++count;
        }
    }
    return count > 0 ? middle - head / count : cv::Point2d(0, 1);
}

}  // namespace

bool is_reliable(const Keypoint& point, float min_score) {
    return point.score >= min_score && std::abs(point.x) <= kFarthestPx &&
           std::abs(point.y) <= kFarthestPx;
}

double depth_from(const Keypoint& from, const Keypoint& point) {
    const double farther = static_cast<double>(point.z) - static_cast<double>(from.z);
    return std::isfinite(farther) ? kDepthScale * farther : 0.0;
}

cv::Point2d BodyFrame::row(double v) const {
    const double t = std::clamp(v * unit / torso, 0.0, 1.0);
    return unit_of(row_top * (1.0 - t) + row_bottom * t, across);
}

cv::Point2d BodyFrame::outer(Side side, cv::Point2d along) const {
    // `across` is `down` turned by +-90 degrees; the arm's normal turns the same way.
    const bool clockwise = down.x * across.y - down.y * across.x > 0;
    const cv::Point2d turned = unit_of({-along.y, along.x}, across);
    return clockwise == (side == Side::kLeft) ? turned : -turned;
}

std::optional<BodyFrame> body_frame(const Pose& pose, float min_score) {
    const Keypoint& left = pose.at(Joint::kLeftShoulder);
    const Keypoint& right = pose.at(Joint::kRightShoulder);
    if (!is_reliable(left, min_score) || !is_reliable(right, min_score)) {
        return std::nullopt;
    }
    BodyFrame body;
    body.shoulder = {point_of(left), point_of(right)};
    const cv::Point2d axis = body.shoulder[0] - body.shoulder[1];
    body.middle = (body.shoulder[0] + body.shoulder[1]) / 2;
    body.shoulders = length_of(axis);

    const Keypoint& left_hip = pose.at(Joint::kLeftHip);
    const Keypoint& right_hip = pose.at(Joint::kRightHip);
    cv::Point2d seen_hips, seen_axis;
    double seen_torso = 0;
    if (is_reliable(left_hip, 0) && is_reliable(right_hip, 0)) {
        seen_hips = (point_of(left_hip) + point_of(right_hip)) / 2 - body.middle;
        seen_axis = point_of(left_hip) - point_of(right_hip);
        seen_torso = length_of(seen_hips);
        body.hips_seen =
            smoothstep(kHipScoreFrom, kHipScoreTo, (left_hip.score + right_hip.score) / 2) *
            smoothstep(0, kHipScoreFrom, std::min(left_hip.score, right_hip.score)) *
            smoothstep(kTorsoFrom * body.shoulders, kTorsoTo * body.shoulders + 1e-9, seen_torso);
    }
    if (body.shoulders < 1.0 && body.hips_seen <= 0) {
        return std::nullopt;
    }
    const double seen = body.hips_seen;
    cv::Point2d hint = below(pose, body.middle, min_score);
    if (seen > 0) {
        hint = unit_of(hint, {}) * (1 - seen) + seen_hips / seen_torso * seen;
    }
    const cv::Point2d upright = unit_of(quarter(axis, hint), unit_of(hint, {0, 1}));
    body.down =
        seen > 0 ? unit_of(upright * (1 - seen) + seen_hips / seen_torso * seen, upright) : upright;
    body.torso = kTorsoOfShoulders * body.shoulders * (1 - seen) + seen_torso * seen;
    // Continuous, and without kinks where one length takes another's place: garments would twitch.
    const double soft = kSoft * body.torso;
    const double deeper = std::hypot(body.shoulders, depth_from(left, right)) - body.shoulders;
    const double left_over = std::max(kMostOfTorso * body.torso - body.shoulders, 0.0);
    const double room = left_over * smoothstep(0, soft, left_over);
    const double solid =
        body.shoulders + soft_min(deeper, room, std::clamp(deeper, kLeastSoft, soft));
    body.unit = soft_max(solid, kUnitOfTorso * body.torso, soft);
    if (!(body.unit >= 1.0) || !(body.torso >= 1.0)) {
        return std::nullopt;
    }
    body.across = quarter(body.down, axis);

    const cv::Point2d hips = body.middle + body.down * body.torso;
    const cv::Point2d estimate = body.across * (kHipOfShoulders * body.shoulders * (1 - seen));
    body.hip = {hips + estimate + seen_axis * (seen / 2), hips - estimate - seen_axis * (seen / 2)};

    const double axis_trust =
        kShoulderShare * smoothstep(kAxisFrom, kAxisTo, body.shoulders / body.unit);
    body.row_top = unit_of(unit_of(axis, body.across) * axis_trust + body.across * (1 - axis_trust),
                           body.across);
    const cv::Point2d hip_axis = body.hip[0] - body.hip[1];
    const double hip_trust =
        kHipShare * smoothstep(kHipAxisFrom, kHipAxisTo, hip_axis.dot(body.across) / body.unit);
    body.row_bottom = unit_of(
        unit_of(hip_axis, body.across) * hip_trust + body.across * (1 - hip_trust), body.across);
    return body;
}

}  // namespace closet
