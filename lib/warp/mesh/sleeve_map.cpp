#include "warp/mesh/sleeve_map.h"

#include <algorithm>
#include <cmath>

namespace closet::mesh {
namespace {

// Constants of the mesh study (section 3); lengths in shoulder widths.
constexpr double kUpperArm = 0.92, kForearm = 0.85;  ///< reference lengths, seen from the side
constexpr double kLeastOfReference = 0.9;            ///< shorter bones point at the camera
constexpr double kElbowFrom = 0.2, kElbowTo = 0.45;  ///< scores between which elbows are believed
constexpr double kWristFrom = 0.1, kWristTo = 0.3;
constexpr double kHangOut = 0.15;                  ///< an unseen arm hangs down, a little outwards
constexpr double kFullFrom = 0.6, kFullTo = 0.78;  ///< of the arm: sleeves that end at the wrist
/// What is seen from the front of a shorter sleeve's length: it begins on the round of the shoulder,
/// which falls away from the viewer (0.83 and 0.86 on the sleeves of pair 00055).
constexpr double kSeenOfShort = 0.87;
constexpr double kShortestFull = 0.97, kLongestFull = 1.02;
constexpr double kElbowRounding = 0.22;  ///< of the shorter bone, on either side
constexpr double kBeyondWrist = 1.08;
constexpr std::size_t kSteps = 61;
constexpr double kArmClose = 1.03, kArmLoose = 1.9;  ///< sleeve over arm
/// A bend leaves this share of its radius to the inner half of the sleeve: no folds.
constexpr double kOfRadius = 0.75;
constexpr std::size_t kNarrowSteps = 2;  ///< and this many steps before and after it
/// Around the armhole cloth turns with a raised arm up to so far (radians): beyond it would fold.
constexpr double kMostTurn = 0.6;
/// Raised by more than the first angle against the flat sleeve, up to the second, the corner of the
/// shoulder (before the armhole, beyond the sleeve's edges) is drawn in to this share.
constexpr double kRaisedFrom = 0.8, kRaisedTo = 1.7;
constexpr double kCorner = 0.25;
/// Elbow and wrist so many shoulder widths behind their shoulder: the arm is behind the body. Depth
/// from one camera is rough; on the clip of the study 0.6 was passed by arms beside the body.
constexpr double kBehind = 0.9;
constexpr double kSmoothWidths = 1.5;

constexpr double kFlatPx = 8;  ///< chart pixels over which the flat sleeve's direction is taken

/// Each value the least of its neighbours'.
void narrow(std::vector<double>& widths) {
    const std::vector<double> source = widths;
    for (std::size_t i = 0; i < source.size(); ++i) {
        const std::size_t from = i < kNarrowSteps ? 0 : i - kNarrowSteps;
        const std::size_t end = std::min(i + kNarrowSteps + 1, source.size());
        widths[i] = *std::min_element(&source[from], &source[0] + end);
    }
}

double believed(const Keypoint& point, double from, double to) {
    return is_reliable(point, 0) ? smoothstep(from, to, point.score) : 0.0;
}

}  // namespace

SleeveMap::SleeveMap(const GarmentChart& garment, PictureSide side, const Silhouette& body,
                     const TorsoMap& torso, const Pose& pose)
    : garment_(garment), chart_(*garment.sleeve[static_cast<std::size_t>(side)]), side_(side) {
    armhole_ = torso.at(garment_.torso_at(chart_.start));
    lay_axis(find_bones(body, pose), flat_direction(torso), body.body().unit);
    const bool left = body.side_of(side) == Side::kLeft;
    const double arm_z = (pose.at(left ? Joint::kLeftElbow : Joint::kRightElbow).z +
                          pose.at(left ? Joint::kLeftWrist : Joint::kRightWrist).z) /
                         2.0;
    const double left_z = pose.at(Joint::kLeftShoulder).z;
    const double right_z = pose.at(Joint::kRightShoulder).z;
    const auto behind = [&](double shoulder_z) {
        const double depth = (arm_z - shoulder_z) / body.body().unit;
        return std::isfinite(depth) ? depth : 0.0;
    };
    depth_ = behind((left_z + right_z) / 2.0);
    behind_ = behind(left ? left_z : right_z) > kBehind;
    set_widths(body, torso.scale());
}

SleeveMap::Bones SleeveMap::find_bones(const Silhouette& body, const Pose& pose) const {
    const BodyFrame& frame = body.body();
    const Side side = body.side_of(side_);
    const bool left = side == Side::kLeft;
    const Keypoint& elbow = pose.at(left ? Joint::kLeftElbow : Joint::kRightElbow);
    const Keypoint& wrist = pose.at(left ? Joint::kLeftWrist : Joint::kRightWrist);
    Bones bones;
    bones.start = mix(armhole_, frame.shoulder[static_cast<std::size_t>(side)], 0.5);
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

void SleeveMap::lay_axis(const Bones& bones, cv::Point2d flat, double unit) {
    const double upper = length_of(bones.elbow - bones.start);
    const double fore = length_of(bones.wrist - bones.elbow);
    const double upper_cloth = std::max(upper, kLeastOfReference * kUpperArm * unit);
    const double fore_cloth = std::max(fore, kLeastOfReference * kForearm * unit);
    const double full = upper_cloth + fore_cloth;
    const cv::Point2d upper_direction = unit_of(bones.elbow - bones.start, {0, 1});
    const double turn = std::atan2(flat.cross(upper_direction), flat.dot(upper_direction));
    const double raised = turn - std::clamp(turn, -kRaisedFrom, kRaisedFrom);
    turn_ = std::clamp(raised, -kMostTurn, kMostTurn);
    corner_ = mix(1.0, kCorner, smoothstep(kRaisedFrom, kRaisedTo, std::abs(turn)));
    const cv::Point2d first = upper_direction * (upper / upper_cloth);
    const cv::Point2d second =
        unit_of(bones.wrist - bones.elbow, upper_direction) * (fore / fore_cloth);
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

void SleeveMap::set_widths(const Silhouette& body, double scale) {
    const double full = step_length_ * (kSteps - 1) / kBeyondWrist;
    const double flat = chart_.length * scale;
    const double fitted = full * std::clamp(flat / full, kShortestFull, kLongestFull);
    length_ = mix(kSeenOfShort * flat, fitted, smoothstep(kFullFrom, kFullTo, flat / full));
    std::vector<double> negative, positive;
    for (std::size_t i = 0; i < kSteps; ++i) {
        const Step& step = steps_[i];
        const double slice =
            static_cast<double>(i) * step_length_ / length_ * (SleeveChart::kSlices - 1);
        const double own =
            (look_up<double>(chart_.high, slice) - look_up<double>(chart_.low, slice)) / 2 * scale;
        const auto width = [&](bool is_positive) {
            const double arm = body.arm_half_width(side_, is_positive, step.arm) * body.body().unit;
            return std::clamp(own, kArmClose * arm, kArmLoose * arm);
        };
        // Turning towards the normal's side, that side is the inner one.
        const double radius = kOfRadius * std::abs(step.tightest);
        negative.push_back(step.tightest < 0 ? std::min(width(false), radius) : width(false));
        positive.push_back(step.tightest > 0 ? std::min(width(true), radius) : width(true));
    }
    narrow(negative);
    narrow(positive);
    smooth(negative, kSmoothWidths);
    smooth(positive, kSmoothWidths);
    for (std::size_t i = 0; i < kSteps; ++i) {
        steps_[i].negative = negative[i];
        steps_[i].positive = positive[i];
    }
}

cv::Point2d SleeveMap::at(const SleevePoint& point) const {
    const double s = (point.t < 0 ? point.t * corner_ : point.t) * length_;
    const double last = static_cast<double>(kSteps - 1);
    const double position = std::clamp(s / step_length_, 0.0, last);
    const auto [i, share] = between(position, kSteps);
    const Step& a = steps_[i];
    const Step& b = steps_[i + 1];
    const cv::Point2d normal = unit_of(mix(a.normal, b.normal, share), a.normal);
    const double negative = mix(a.negative, b.negative, share);
    const double positive = mix(a.positive, b.positive, share);
    const double inside = std::clamp(point.across, -1.0, 1.0);
    const double across = inside + (point.across - inside) * corner_;
    const double off = -negative + (across + 1) / 2 * (negative + positive);
    const cv::Point2d along(normal.y, -normal.x);
    const double beyond = s - position * step_length_;
    return mix(a.at, b.at, share) + normal * off + along * beyond;
}

cv::Point2d SleeveMap::blend(cv::Point2d torso, const SleevePoint& point, double share) const {
    const double angle = share * turn_;
    const cv::Point2d off = torso - armhole_;
    const cv::Point2d turned(off.x * std::cos(angle) - off.y * std::sin(angle),
                             off.x * std::sin(angle) + off.y * std::cos(angle));
    return mix(armhole_ + turned, at(point), share);
}

}  // namespace closet::mesh
