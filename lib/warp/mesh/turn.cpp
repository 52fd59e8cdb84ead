#include "warp/mesh/turn.h"

#include <algorithm>
#include <cmath>

#include "core/curve.h"
#include "warp/mesh/curve.h"

namespace closet::mesh {
namespace {

/// Sines of the shoulders' turn: near the first it is noise (a man who stands still sways by 0.15
/// and even changes sides), believed from the second. Nearer together they make whoever begins to
/// turn jerk (0.07 and 0.25: second differences of 1.9 % of the shoulders on turning_no_head).
constexpr double kTurnFrom = 0, kTurnTo = 0.35;
/// Depths that are right in profile tell too little of smaller turns: of rendered people who turn
/// by 15, 20, 20, 30, 35, 35 and 40 degrees they have sines of 0.07, 0.10, 0.13, 0.20, 0.26, 0.36
/// and 0.44. Over time a sine s is taken for (1 + kTold) s / (1 + kTold s), and noise then ends
/// sooner.
constexpr double kTold = 3;
constexpr double kSteadyFrom = 0.02, kSteadyTo = 0.12;
/// Of what a single pose tells, this is followed at once: a torso trembles by 0.15 % of its
/// shoulders (cam02), with all of it by 0.16 %.
constexpr double kAtOnce = 0.75;
/// Share of what the turn takes from the shoulders' width that lengths are given back, as measured
/// by prints; the rest of it is in the width already (BodyFrame::unit).
constexpr double kGivenBack = 0.5;
/// Between these the surface that is seen changes from front to back, and what it faces with it;
/// beyond, shoulders that have passed each other still belong to a front in profile. What is seen
/// then moves from one side to the other, so they are far apart where it was decided over time that
/// it is the back, not a front whose sides are exchanged.
constexpr double kBackSine = 0.65, kDecidedBackSine = 0.45, kProfileSine = 1;
/// Without depth: the shoulders' width in torso lengths of a body that is turned, and of one that
/// is not; how far the nose is then off the shoulders' middle, in shoulder widths.
constexpr double kNarrow = 0.35, kBroad = 0.55;
constexpr double kNoseAside = 0.25;
/// The nose is so much nearer than the ears when a face is seen, in shoulder widths: measured are
/// 0.25 to 0.5 from the front, -0.09 to 0.11 in profile, -0.33 to -0.23 from behind.
constexpr double kNoseFrom = -0.05, kNoseTo = 0.12;
/// Without depth a face is seen from these scores of its nose and eyes on.
constexpr double kFaceFrom = 0.4, kFaceTo = 0.7;
/// Cosines of the shoulders' turn between which a body begins to be seen from behind. Shoulders and
/// nose of people in profile stray to either side (down to -0.38 measured), so a back needs more;
/// both pictures show where it is in between, so it is soon sure.
constexpr double kBackFrom = -0.38, kBackTo = -0.55;

/// What was decided over time (Pose::facing) counts from the first certainty, alone from the
/// second; the sine that single depths tell may be off by so much then.
constexpr double kDecidedFrom = 0.2, kDecidedTo = 0.5;
constexpr double kSineError = 0.35;

/// So much of a row's half width its front's middle moves in profile, and how much of that beside
/// the neck; chosen on prints of pairs and of rendered people.
constexpr double kMostShift = 0.65;
constexpr double kNeckFollows = 0.6;

bool has_depth(const Pose& pose) {
    const auto z = [&](Joint joint) { return pose.at(joint).z; };
    const float left = z(Joint::kLeftShoulder), right = z(Joint::kRightShoulder);
    return std::isfinite(left) && std::isfinite(right) && (left != 0 || right != 0);
}

/// How sure it is that the face is seen, 0..1.
double face_seen(const Pose& pose, double unit, bool depth) {
    const Keypoint& nose = pose.at(Joint::kNose);
    const Keypoint& left_ear = pose.at(Joint::kLeftEar);
    const Keypoint& right_ear = pose.at(Joint::kRightEar);
    if (depth && std::isfinite(nose.z) && std::isfinite(left_ear.z) && std::isfinite(right_ear.z)) {
        const double ears = (depth_from(nose, left_ear) + depth_from(nose, right_ear)) / 2;
        return smoothstep(kNoseFrom, kNoseTo, ears / unit);
    }
    const float eyes = std::max(pose.at(Joint::kLeftEye).score, pose.at(Joint::kRightEye).score);
    return smoothstep(kFaceFrom, kFaceTo, std::max(nose.score, eyes));
}

}  // namespace

Turn find_turn(const Pose& pose, const Silhouette& body) {
    const BodyFrame& frame = body.body();
    const bool depth = has_depth(pose);
    const auto joint = [&](PictureSide side) -> const Keypoint& {
        return pose.at(body.side_of(side) == Side::kLeft ? Joint::kLeftShoulder
                                                         : Joint::kRightShoulder);
    };
    double sine = 0;
    if (depth) {
        const double farther = depth_from(joint(PictureSide::kLeft), joint(PictureSide::kRight));
        sine = farther / std::max(std::hypot(farther, frame.shoulders), 1e-9);
    } else if (const Keypoint& nose = pose.at(Joint::kNose); is_reliable(nose, 0)) {
        const double aside = (cv::Point2d(nose.x, nose.y) - frame.middle).dot(body.row(0)) /
                             (kNoseAside * frame.unit);
        const double narrow =
            frame.hips_seen * (1 - smoothstep(kNarrow, kBroad, frame.shoulders / frame.torso));
        sine = smoothstep(kFaceFrom, kFaceTo, nose.score) * narrow * std::clamp(aside, -1.0, 1.0);
    }
    const double decided = smoothstep(kDecidedFrom, kDecidedTo, pose.facing.certainty);
    const double yaw = pose.facing.yaw;
    const bool crossed = body.side_of(PictureSide::kRight) != Side::kLeft;
    if (depth) {
        const double expected = (crossed ? -1 : 1) * std::sin(yaw);
        const double off = mix(2.0, kSineError, decided);
        sine = std::clamp(sine, expected - off, expected + off);
    }
    const double size = std::abs(sine);
    const double flank = smoothstep(mix(kBackSine, kDecidedBackSine, decided), kProfileSine, size);
    const auto behind = [](double cosine) {
        return smoothstep(0, kBackFrom - kBackTo, kBackFrom - cosine);
    };
    const double face = mix(face_seen(pose, frame.unit, depth), 1 - behind(std::cos(yaw)), decided);
    Turn turn;
    // A front whose face points away has its depth inside out, as BlazePose now and then has it.
    const double surface = crossed ? 1 - 2 * flank : mix(face, 1.0, flank);
    const double told = kAtOnce * sine * smoothstep(kTurnFrom, kTurnTo, size);
    const double all =
        sine * (1 + kTold) / (1 + kTold * size) * smoothstep(kSteadyFrom, kSteadyTo, size);
    turn.told_shift = told * surface;
    turn.shift = all * surface;
    const double side = crossed ? -1 : surface;
    turn.told_sine = told * side;
    turn.sine = all * side;
    const double cosine = (crossed ? -1 : 1) * std::sqrt(std::max(1 - sine * sine, 0.0));
    turn.away = mix(behind(cosine), 1, decided) * (1 - face);
    return turn;
}

Turn TurnFollower::find(const Pose& pose, const Silhouette& body) {
    Turn turn = find_turn(pose, body);
    auto [followed, is_new, passed_s] = people_.of(pose);
    const double passed = is_new ? 1 : 1 - std::exp(-passed_s / kFollowS);
    followed[0] += passed * (turn.shift - turn.told_shift - followed[0]);
    followed[1] += passed * (turn.sine - turn.told_sine - followed[1]);
    turn.shift = turn.told_shift + followed[0];
    turn.sine = turn.told_sine + followed[1];
    return turn;
}

double Turn::longer() const {
    return 1 / std::sqrt(1 - kGivenBack * std::min(sine * sine, 1.0));
}

double turned_across(double across, double shift, double fit) {
    if (std::abs(across) >= 1) {
        return across;
    }
    const double c = kMostShift * shift * mix(kNeckFollows, 1.0, fit);
    return (across + c) / (1 + c * across);
}

}  // namespace closet::mesh
