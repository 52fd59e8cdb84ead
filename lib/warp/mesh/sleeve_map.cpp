#include "warp/mesh/sleeve_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace closet::mesh {
namespace {

// Constants of the mesh study (section 3); lengths in shoulder widths.
constexpr double kUpperArm = 0.92, kForearm = 0.85;  ///< reference lengths, seen from the side
constexpr double kLeastOfReference = 0.9;            ///< shorter bones point at the camera
constexpr double kElbowFrom = 0.2, kElbowTo = 0.45;  ///< scores between which elbows are believed
constexpr double kWristFrom = 0.1, kWristTo = 0.3;
constexpr double kHangOut = 0.15;                  ///< an unseen arm hangs down, a little outwards
constexpr double kFullFrom = 0.6, kFullTo = 0.78;  ///< of the arm: sleeves that end at the wrist
/// Shoulder tips of cloth above the joints: as laid on the pairs (0.10 to 0.24) in the median.
constexpr double kTipAboveJoint = 0.16;
constexpr double kLeastOfFlat = 0.7;  ///< of what ends on the shoulder itself, of its middle line
constexpr double kOuterEdgeAt = 0.5;  ///< of the arm: where it is as thick as under outer edges
/// How much shorter or longer than it would be a sleeve may become to end where the own one does.
constexpr double kLeastShortened = 0.7, kShortened = 0.82;
constexpr double kLengthened = 1.22, kMostLengthened = 1.4;
constexpr double kShortestFull = 0.97, kLongestFull = 1.02;
constexpr double kElbowRounding = 0.22;  ///< of the shorter bone, on either side
constexpr double kBeyondWrist = 1.08;
constexpr std::size_t kSteps = 61;
constexpr double kArmClose = 1.03, kArmLoose = 1.5;  ///< sleeve over arm
constexpr double kOnArm = 1.05, kMostHanging = 1.8;  ///< the same of its outer and inner half
/// A bend leaves this share of its radius, and of the way to the bisector of both bones, to the
/// inner half of the sleeve: no folds, with a margin for cells of the mesh.
constexpr double kOfRadius = 0.5, kOfCrease = 0.9;
// Note [Raised arms]
// A sleeve turns against the torso by up to half a turn, over a band as wide as the armhole is
// long. Up to kRaisedFrom (radians against the sleeve as it lies flat) torso and sleeve are mixed,
// which draws cloth together as it hangs. What the arm turns beyond is a bend: both are mixed in
// the flat sleeve's frame, and the mixture turns by its share about the end of the armhole on the
// inner side of the bend: the shoulder's tip for a raised arm, the armpit for one across the chest.
// So cloth is stretched on the outer side and never crowded on the inner one, which leaves no
// triangle turned. The axis of a raised arm's sleeve begins where that keeps the tip on the
// shoulder.
// The band becomes narrower for a raised arm, by a power of the share: the sleeve does not bulge.
constexpr double kSooner = 3.0;
constexpr double kRaisedFrom = 0.5, kRaisedTo = 1.5;
/// Directions are told apart in a range of a full turn that ends so far inwards (an upper arm that
/// points across the neck), where the bend fades away over the second length; radians.
constexpr double kInwardEnd = 2.7, kInwardFade = 0.7;
/// An upper arm that points at the camera has no direction to bend to: shares of its length.
constexpr double kShortFrom = 0.15, kShortTo = 0.5;
/// The bisector of a fold beyond this angle (radians) is no limit: the forearm lies on the arm.
constexpr double kSharpest = 2.85;
/// Cloth is tight over the tip of a bent elbow: sleeve over arm there, and how far around it.
constexpr double kArmBent = 1.25, kBentReach = 0.3;
constexpr double kBentFrom = 0.6, kBentTo = 1.8;
/// Elbow and wrist so many shoulder widths behind their shoulder: the arm is behind the body. Depth
/// from one camera is rough; on the clip of the study 0.6 was passed by arms beside the body.
constexpr double kBehindFrom = 0.65, kBehindTo = 0.95;
constexpr double kParallel = 0.1;  ///< sine of the angle of forearms that hardly cross
constexpr double kSmoothWidths = 1.5;
/// Beyond an own sleeve's end, along the arm: there it is bare on both sides.
constexpr double kPastOwnEnd = 0.2;
/// Arm parameter up to which a sleeve's inner half is the torso's, wherever the arm's middle is.
constexpr double kSewnOn = 0.5;

/// Sleeves seen from the side begin so far up the way from the armhole's middle to its tip.
constexpr double kCap = 0.35;
/// Their head is round so far down, in half widths of the arm's sleeve.
constexpr double kHead = 1.0;
constexpr double kFlatPx = 8;  ///< chart pixels over which the flat sleeve's direction is taken

cv::Point2d turned(cv::Point2d v, double angle) {
    return {v.x * std::cos(angle) - v.y * std::sin(angle),
            v.x * std::sin(angle) + v.y * std::cos(angle)};
}

double believed(const Keypoint& point, double from, double to) {
    return is_reliable(point, 0) ? smoothstep(from, to, point.score) : 0.0;
}

}  // namespace

SleeveMap::SleeveMap(const GarmentChart& garment, PictureSide side, const Silhouette& body,
                     const TorsoMap& torso, const Pose& pose, const OwnClothes* worn)
    : garment_(garment), chart_(*garment.sleeve[static_cast<std::size_t>(side)]), side_(side) {
    armhole_ = torso.at(garment_.torso_at(chart_.start));
    const SideAnchors& points = garment_.anchors.side[static_cast<std::size_t>(side)];
    tip_ = torso.at(garment_.torso_at(points.tip));
    armpit_ = torso.at(garment_.torso_at(points.armpit));
    flat_ = flat_direction(torso);
    lay_axis(find_bones(body, pose, torso.panel().share),
             body.body().shoulder[static_cast<std::size_t>(body.arm_of(side))],
             body.row(0) * (side == PictureSide::kLeft ? -1.0 : 1.0), body.body().unit);
    const bool left = body.arm_of(side) == Side::kLeft;
    const auto depth = [&](Joint joint) { return static_cast<double>(pose.at(joint).z); };
    const auto behind = [&](Joint joint, double reference) {
        const double off = (depth(joint) - reference) / body.body().unit;
        return std::isfinite(off) ? off : 0.0;
    };
    const double shoulders = (depth(Joint::kLeftShoulder) + depth(Joint::kRightShoulder)) / 2.0;
    const double own = depth(left ? Joint::kLeftShoulder : Joint::kRightShoulder);
    const Joint elbow = left ? Joint::kLeftElbow : Joint::kRightElbow;
    const Joint wrist = left ? Joint::kLeftWrist : Joint::kRightWrist;
    forearm_depth_ = {behind(elbow, shoulders), behind(wrist, shoulders)};
    behind_ = smoothstep(kBehindFrom, kBehindTo, (behind(elbow, own) + behind(wrist, own)) / 2);
    set_length(body, torso, worn);
    const double above = -chart_.at(points.tip).t * length_;
    const double seen = (steps_.front().at - tip_).dot(forearm_[0] - steps_.front().at) /
                        std::max(length_of(forearm_[0] - steps_.front().at), 1e-9);
    cap_ = above > 0 ? std::clamp(seen / above, 0.0, 1.0) : 1.0;
    head_ = std::min(chart_.at(points.tip).t, 0.0) * cap_;
    set_widths(body, torso.scale());
}

SleeveMap::Bones SleeveMap::find_bones(const Silhouette& body, const Pose& pose, double cap) const {
    const BodyFrame& frame = body.body();
    const Side side = body.arm_of(side_);
    const bool left = side == Side::kLeft;
    const Keypoint& elbow = pose.at(left ? Joint::kLeftElbow : Joint::kRightElbow);
    const Keypoint& wrist = pose.at(left ? Joint::kLeftWrist : Joint::kRightWrist);
    Bones bones;
    bones.start = mix(armhole_, frame.shoulder[static_cast<std::size_t>(side)], 0.5) +
                  (tip_ - armhole_) * (kCap * cap);
    const cv::Point2d outwards = body.row(0) * (side_ == PictureSide::kLeft ? -1.0 : 1.0);
    const cv::Point2d hanging = unit_of(frame.down + outwards * kHangOut, frame.down);
    bones.elbow = bones.start + hanging * (kUpperArm * frame.unit);
    if (const double share = believed(elbow, kElbowFrom, kElbowTo); share > 0) {
        bones.elbow = mix(bones.elbow, {elbow.x, elbow.y}, share);
    }
    bones.wrist =
        bones.elbow + unit_of(bones.elbow - bones.start, hanging) * (kForearm * frame.unit);
    if (const double share = believed(wrist, kWristFrom, kWristTo); share > 0) {
        bones.wrist = mix(bones.wrist, {wrist.x, wrist.y}, share);
    }
    return bones;
}

cv::Point2d SleeveMap::flat_direction(const TorsoMap& torso) const {
    const cv::Point2d further = torso.at(garment_.torso_at(chart_.start + chart_.along * kFlatPx));
    return unit_of(further - armhole_, {0, 1});
}

void SleeveMap::lay_axis(Bones bones, cv::Point2d joint, cv::Point2d outwards, double unit) {
    const double reference = kLeastOfReference * kUpperArm * unit;
    // The angle from the flat sleeve to the arm, growing outwards and up.
    const double outward = flat_.cross(outwards) < 0 ? -1.0 : 1.0;
    const cv::Point2d arm = unit_of(bones.elbow - joint, flat_);
    double turn = outward * std::atan2(flat_.cross(arm), flat_.dot(arm));
    turn += turn < -kInwardEnd ? 2 * CV_PI : 0.0;
    const double direct =
        smoothstep(kShortFrom, kShortTo, length_of(bones.elbow - joint) / reference);
    const double certain =
        direct * smoothstep(-kInwardEnd, -kInwardEnd + kInwardFade, turn) *
        (1 - smoothstep(2 * CV_PI - kInwardEnd - kInwardFade, 2 * CV_PI - kInwardEnd, turn));
    turn_ = outward * certain * (turn - std::clamp(turn, -kRaisedFrom, kRaisedFrom));
    const double raised = certain * smoothstep(kRaisedFrom, kRaisedTo, turn);
    const double slide = raised * std::max((armhole_ - tip_).dot(flat_), 0.0);
    bones.start = mix(bones.start, joint, raised) + arm * slide;
    forearm_ = {bones.elbow, bones.wrist};
    sooner_ = mix(1.0, kSooner, raised);
    pivot_ = turn > 0 ? tip_ : armpit_;
    pivot_end_ = bones.start + turned(pivot_ - armhole_, turn_);

    const double upper = length_of(bones.elbow - bones.start);
    const double fore = length_of(bones.wrist - bones.elbow);
    const double upper_cloth = std::max(upper, reference - slide);
    const double fore_cloth = std::max(fore, kLeastOfReference * kForearm * unit);
    const double full = upper_cloth + fore_cloth;
    const cv::Point2d upper_direction = unit_of(bones.elbow - bones.start, {0, 1});
    const cv::Point2d first = upper_direction * (upper / upper_cloth);
    const cv::Point2d second =
        unit_of(bones.wrist - bones.elbow, upper_direction) * (fore / fore_cloth);
    const cv::Point2d fore_direction = unit_of(second, upper_direction);
    elbow_ = upper_cloth;
    bend_ = std::atan2(upper_direction.cross(fore_direction), upper_direction.dot(fore_direction));
    const double rounding = kElbowRounding * std::min(upper_cloth, fore_cloth);

    step_length_ = kBeyondWrist * full / (kSteps - 1);
    steps_.resize(kSteps);
    const auto velocity = [&](double s) {
        return mix(first, second, smoothstep(upper_cloth - rounding, upper_cloth + rounding, s));
    };
    cv::Point2d at = bones.start;
    for (std::size_t i = 0; i < kSteps; ++i) {
        const double s = static_cast<double>(i) * step_length_;
        Step& step = steps_[i];
        step.at = at;
        const cv::Point2d along = velocity(s);
        step.normal = quarter_turn(unit_of(along, upper_direction));
        step.arm = s < upper_cloth ? s / upper_cloth : 1 + (s - upper_cloth) / fore_cloth;
        const cv::Point2d next = velocity(s + step_length_);
        const double turns = std::atan2(along.cross(next), along.dot(next));
        step.tightest = std::abs(turns) > 1e-6 ? length_of(along) * step_length_ / turns : 1e9;
        at += velocity(s + step_length_ / 2) * step_length_;
    }
}

double SleeveMap::pictured_length(const Silhouette& body, double scale) const {
    const BodyFrame& frame = body.body();
    const Side worn_on = body.arm_of(side_);
    const SideAnchors& points = garment_.anchors.side[static_cast<std::size_t>(side_)];
    const double edge = scale * length_of(points.cuff_outer - points.tip);
    const cv::Point2d from_joint =
        steps_.front().at - frame.shoulder[static_cast<std::size_t>(worn_on)];
    const cv::Point2d arm = unit_of(forearm_[0] - steps_.front().at, flat_);
    const double half = kOnArm * body.arm(side_, kOuterEdgeAt).half * frame.unit;
    const double aside =
        half + from_joint.dot(quarter_turn(arm)) * (side_ == PictureSide::kLeft ? 1 : -1);
    const double hangs = std::sqrt(std::max(edge * edge - aside * aside, 0.0)) -
                         kTipAboveJoint * frame.unit - from_joint.dot(arm);
    return std::max(hangs, kLeastOfFlat * scale * chart_.length);
}

void SleeveMap::set_length(const Silhouette& body, const TorsoMap& torso, const OwnClothes* own) {
    const double full = step_length_ * (kSteps - 1) / kBeyondWrist;
    const double flat =
        chart_.length * torso.scale() + kCap * torso.panel().share * length_of(tip_ - armhole_);
    const double fitted = full * std::clamp(flat / full, kShortestFull, kLongestFull);
    const double pictured = pictured_length(body, torso.scale());
    length_ = mix(pictured, fitted, smoothstep(kFullFrom, kFullTo, torso.boxy() * flat / full));
    const auto side = static_cast<std::size_t>(body.arm_of(side_));
    if (own == nullptr || own->sleeve_seen[side] <= 0) {
        return;
    }
    // As hems do: a sleeve that ends nearly where the wearer's own does, ends there.
    // Measured from the joint; the sleeve's axis begins in the middle of the armhole.
    const double t = own->sleeve_end[side];
    const cv::Point2d joint = body.body().shoulder[side];
    const double end = t < 1 ? elbow_ - (1 - t) * length_of(forearm_[0] - joint)
                             : elbow_ + (t - 1) * (full - elbow_);
    // Between what its picture tells and the wrist a sleeve may end anywhere.
    const double wanted =
        end / std::clamp(end, std::min(pictured, length_), std::max(pictured, length_));
    const double share = own->sleeve_seen[side] * smoothstep(kLeastShortened, kShortened, wanted) *
                         (1 - smoothstep(kLengthened, kMostLengthened, wanted));
    length_ = mix(length_, end, share);
    own_end_ = t;
    outlasts_own_ = own->sleeve_seen[side] *
                    smoothstep(kLengthened, kMostLengthened, length_ / std::max(end, 1e-9));
}

void SleeveMap::set_widths(const Silhouette& body, double scale) {
    const double unit = body.body().unit;
    const bool outer_is_positive = side_ == PictureSide::kLeft;
    const double bent = smoothstep(kBentFrom, kBentTo, std::abs(bend_));
    std::vector<double> negative, positive;
    for (std::size_t i = 0; i < kSteps; ++i) {
        const Step& step = steps_[i];
        const double s = static_cast<double>(i) * step_length_;
        const double slice = s / length_ * (SleeveChart::kSlices - 1);
        const double own =
            (look_up<double>(chart_.high, slice) - look_up<double>(chart_.low, slice)) / 2 * scale;
        const double tight = bent * (1 - smoothstep(0, kBentReach * unit, std::abs(s - elbow_)));
        const Silhouette::ArmWidth arm = body.arm(side_, step.arm);
        const Silhouette::ArmWidth bare = body.bare_arm(side_, step.arm, own_end_ + kPastOwnEnd);
        const double half = mix(arm.half, bare.half, outlasts_own_) * unit;
        const double middle = mix(arm.middle, bare.middle, outlasts_own_) * unit;
        const auto width = [&](bool is_positive) {
            const bool is_inner = is_positive == (bend_ > 0);
            const double loose = is_inner ? kArmLoose : mix(kArmLoose, kArmBent, tight);
            const double cloth = std::clamp(own, kArmClose * half, loose * half);
            // Cloth lies on the outer, upper side of an arm; what is too much hangs on the inner.
            const double outer = std::min(cloth, kOnArm * half);
            const bool is_outer = is_positive == outer_is_positive;
            const double beside = is_positive ? middle : -middle;
            return is_outer ? outer + beside
                            : std::min(2 * cloth - outer, kMostHanging * half) +
                                  beside * smoothstep(0, kSewnOn, step.arm);
        };
        negative.push_back(width(false));
        positive.push_back(width(true));
    }
    smooth(negative, kSmoothWidths);
    smooth(positive, kSmoothWidths);
    // The inner side goes up to the fold between both bones.
    const double crease = std::tan(std::clamp(std::abs(bend_), 1e-3, kSharpest) / 2);
    double tightest = std::numeric_limits<double>::max();
    for (const Step& step : steps_) {
        tightest = std::min(tightest, kOfRadius * std::abs(step.tightest));
    }
    for (std::size_t i = 0; i < kSteps; ++i) {
        Step& step = steps_[i];
        step.negative = negative[i];
        step.positive = positive[i];
        const double from_elbow = std::abs(static_cast<double>(i) * step_length_ - elbow_);
        double& inner = bend_ > 0 ? step.positive : step.negative;
        inner = std::min({inner, kOfRadius * std::abs(step.tightest),
                          tightest + kOfCrease * from_elbow / crease});
    }
}

double SleeveMap::nearer_than(const SleeveMap& other) const {
    const cv::Point2d own = forearm_[1] - forearm_[0];
    const cv::Point2d its = other.forearm_[1] - other.forearm_[0];
    const double area = own.cross(its);
    const double parallel = std::abs(area) / std::max(length_of(own) * length_of(its), 1e-9);
    const cv::Point2d between_elbows = other.forearm_[0] - forearm_[0];
    // Where along both forearms their lines cross; nearly parallel ones are compared half way.
    const double sure = smoothstep(kParallel, 2 * kParallel, parallel);
    const auto along = [&](cv::Point2d line) {
        const double t = parallel > kParallel ? between_elbows.cross(line) / area : 0.5;
        return mix(0.5, std::clamp(t, 0.0, 1.0), sure);
    };
    return mix(other.forearm_depth_[0], other.forearm_depth_[1], along(own)) -
           mix(forearm_depth_[0], forearm_depth_[1], along(its));
}

cv::Point2d SleeveMap::at(const SleevePoint& point) const {
    const double s = point.t * length_;
    const double last = static_cast<double>(kSteps - 1);
    const double position = std::clamp(s / step_length_, 0.0, last);
    const auto [i, share] = between(position, kSteps);
    const Step& a = steps_[i];
    const Step& b = steps_[i + 1];
    const cv::Point2d normal = unit_of(mix(a.normal, b.normal, share), a.normal);
    const double negative = mix(a.negative, b.negative, share);
    const double positive = mix(a.positive, b.positive, share);
    // Beyond an edge its own side's width counts: little where that side is folded.
    const double inside = std::clamp(point.across, -1.0, 1.0);
    const double beyond_edge = point.across - inside;
    const double off = -negative + (inside + 1) / 2 * (negative + positive) +
                       beyond_edge * (beyond_edge < 0 ? negative : positive);
    const cv::Point2d along(normal.y, -normal.x);
    const double beyond = s - position * step_length_;
    return mix(a.at, b.at, share) + normal * off + along * beyond;
}

cv::Point2d SleeveMap::capped_at(SleevePoint point) const {
    point.t *= point.t < 0 ? cap_ : 1;
    const double half = (steps_.front().negative + steps_.front().positive) / 2;
    const double below = (point.t - head_) * length_ / std::max(kHead * half, 1e-9);
    const double from_round = 1 - std::clamp(below, 0.0, 1.0);
    point.across *= std::sqrt(1 - from_round * from_round);
    return at(point);
}

cv::Point2d SleeveMap::blend(cv::Point2d torso, const SleevePoint& point, double share) const {
    share = 1 - std::pow(1 - share, sooner_);
    const cv::Point2d sleeve = turned(at(point) - pivot_end_, -turn_);
    const cv::Point2d off = mix(torso - pivot_, sleeve, share);
    return mix(pivot_, pivot_end_, share * share) + turned(off, share * turn_);
}

}  // namespace closet::mesh
