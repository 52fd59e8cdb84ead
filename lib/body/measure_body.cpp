#include "body/measure_body.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/core.hpp>

#include "body/arm_capsules.h"
#include "body/mask_rays.h"
#include "body/measure_legs.h"
#include "core/body_frame.h"
#include "core/curve.h"

namespace closet {
namespace {

/// How near to an arm another thing counts as touched by it: 0 certainty at the first distance,
/// full at the second, shoulder widths.
constexpr double kNearArmFrom = 0.0, kNearArmTo = 0.05;

// Rows. Certainties of the mesh study (section 3).
constexpr double kOnArm = 0.35, kAboveArmpit = 0.05;
/// Where a parser tells torso from arm: on six people of shared/media/pairs its border lay within
/// 0.03 shoulder widths of the torso's true edge, the prior 0.05 to 0.15 beside it.
constexpr double kOnLabeledArm = 0.85;

// Lengths in shoulder widths, levels in torso lengths.
constexpr double kRowReach = 1.15;                        ///< farthest edge of a torso
constexpr double kArmpitFrom = 0.12, kArmpitTo = 0.22;    ///< levels
constexpr double kCoveredFrom = 0.04, kCoveredTo = 0.12;  ///< depth of the edge in an arm
constexpr double kBeyondFrom = 0.15, kBeyondTo = 0.3;     ///< of the edge from an arm in front
constexpr double kLegsFrom = 0.95;  ///< level below which the spine may be between the legs, ...
constexpr double kLegGap = 0.35;    ///< ... and how wide the gap may be
constexpr double kThighFrom = 0.45, kThighTo = 0.7;  ///< of the usual width: less is an inner side
constexpr double kLeastShoulder = 0.28, kLeastHip = 0.28;  ///< half widths of the prior, profile

// Tops, lengths in shoulder widths.
constexpr double kTopReach = 0.5, kTopDepth = 0.3;
constexpr double kInHair = 0.02;  ///< below the top: there a parser is asked for hair
constexpr double kTooHighFrom = 0.08, kTooHighTo = 0.16;  ///< over the usual height
constexpr double kTooLowFrom = 0.15, kTooLowTo = 0.3;
constexpr double kPairFrom = 0.06, kPairTo = 0.12;    ///< difference of a pair
constexpr double kRiseFrom = 0.1, kRiseTo = 0.4;      ///< sine of a raised upper arm over the axis
constexpr double kArmTopFrom = 0.2, kArmTopTo = 0.4;  ///< positions that such an arm lifts

/// Usual height of neck and shoulders over their axis, over the distance from the spine.
constexpr std::array<Knot, 5> kTopPrior{
    {{0.2, 0.27}, {0.3, 0.21}, {0.4, 0.17}, {0.5, 0.13}, {0.6, 0.03}}};

// Arms.
/// Certainties at the shoulder: inwards there is only the torso (mesh study); outwards the ray ends
/// on the round of the shoulder, where cloth lies.
constexpr double kInnerAtShoulder = 0.1, kOuterAtShoulder = 0.6;
constexpr double kArmReach = 0.45;
constexpr double kBesidePerson = 0.2;  ///< bones are believed that lie so far beside the silhouette
constexpr double kToldArm = 0.8;       ///< where a parser tells arms from the torso
constexpr double kThinFrom = 0.3, kThinTo = 0.5, kThickFrom = 1.7, kThickTo = 2.1;  ///< of prior
constexpr double kJointFrom = 0.2, kJointTo = 0.5;    ///< arm parameters: there the shoulder ends
constexpr double kShortFrom = 0.15, kShortTo = 0.35;  ///< bones that point at the camera
constexpr double kOnTorso = 0.08;                     ///< an arm so far inside the torso is on it

/// Usual half width of an arm over the arm parameter (mesh study, section 3).
constexpr std::array<Knot, 5> kArmPrior{
    {{0.0, 0.19}, {0.5, 0.165}, {1.0, 0.135}, {1.5, 0.12}, {2.0, 0.085}}};

/// `certainty` 0 stands for nothing known, whatever the value.
Measure measured(double value, double certainty) {
    return certainty > 0 ? Measure{static_cast<float>(value), static_cast<float>(certainty)}
                         : Measure{};
}

/// The parts of a measurement. `body` and `rays` must outlive it.
class Measuring {
  public:
    /// What parsers told, as masks; null where none did. `torso`: torso and legs, not arms.
    struct Told {
        const MaskRays* torso = nullptr;
        const MaskRays* arms = nullptr;  ///< the other way round
        const MaskRays* hair = nullptr;
    };
    Measuring(const Pose& pose, const BodyFrame& body, const MaskRays& rays, const Told& told,
              float min_score);

    /// The half width at level v.
    Measure row(Side side, double v) const;

    /// All tops: pairs are compared.
    std::array<Measure, BodyShape::kTops> tops() const;

    /// The half width of an arm at parameter t; outward: 1, or -1 for the inner side.
    Measure arm(Side side, double t, double outward) const;

    void legs(const Pose& pose, float min_score, BodyShape& shape) const {
        measure_legs(pose, body_, rays_, capsules_, min_score, shape);
    }

  private:
    using Ray = MaskRays::Ray;

    double lateral(cv::Point2d at) const;
    double height(cv::Point2d at) const;
    double usual_half_width(Side side, double level) const;
    std::optional<double> torso_edge(const Ray& ray, bool inside, bool legs) const;
    std::optional<double> labeled_edge(const Ray& ray, double edge) const;
    double axis_over(cv::Point2d at) const;
    double lifted(double x) const;
    Measure top(double x, double& over_axis) const;
    double free_of_torso(Side side, cv::Point2d at) const;

    const BodyFrame& body_;
    const MaskRays& rays_;
    Told told_;
    std::array<ArmBones, 2> arms_;  ///< indexed by Side
    ArmCapsules capsules_;
};

Measuring::Measuring(const Pose& pose, const BodyFrame& body, const MaskRays& rays,
                     const Told& told, float min_score)
    : body_(body),
      rays_(rays),
      told_(told),
      arms_{arm_bones(pose, body, Side::kLeft, min_score),
            arm_bones(pose, body, Side::kRight, min_score)},
      capsules_(arms_, body) {}

/// Position of a point across the spine, to the wearer's left, in shoulder widths.
double Measuring::lateral(cv::Point2d at) const {
    return (at - body_.middle).dot(body_.across) / body_.unit;
}

/// Height of a point over the middle of the shoulders, along the spine, in shoulder widths.
double Measuring::height(cv::Point2d at) const {
    return -(at - body_.middle).dot(body_.down) / body_.unit;
}

/// Half width to be expected of a torso at `level` torso lengths (mesh study, section 3).
double Measuring::usual_half_width(Side side, double level) const {
    const auto s = static_cast<std::size_t>(side);
    const double shoulder = std::max(std::abs(lateral(body_.shoulder[s])), kLeastShoulder);
    const double hip = std::max(std::abs(lateral(body_.hip[s])), kLeastHip);
    return polyline(std::array<Knot, 5>{{{0.0, 1.02 * shoulder},
                                         {0.25, 0.98 * shoulder},
                                         {0.6, 0.45 * shoulder + 0.7 * hip},
                                         {1.0, 1.55 * hip},
                                         {1.3, 1.65 * hip}}},
                    level);
}

/// Where the silhouette ends, seen from the spine. `legs`: it may consist of two, of which the
/// outer edge of the farther one counts.
std::optional<double> Measuring::torso_edge(const Ray& ray, bool inside, bool legs) const {
    // Rays go on past a crossing by half a mask pixel, so that they begin on the other side.
    const double past = 0.5 / rays_.mask_length(ray.step);
    auto edge = inside ? rays_.exit(ray, 0, kRowReach) : std::optional(0.0);
    if (edge && legs) {
        const auto leg = rays_.entry(ray, *edge + (inside ? past : 0.0), *edge + kLegGap);
        if (leg && capsules_.distance(ray.at(*leg)) > kNearArmTo) {
            return rays_.exit(ray, *leg + past, kRowReach);
        }
    }
    return inside ? edge : std::nullopt;
}

/// Where the parser's torso ends on a ray whose silhouette ends at `edge`, arms that lie on the
/// torso or beside it left out.
std::optional<double> Measuring::labeled_edge(const Ray& ray, double edge) const {
    if (told_.torso == nullptr || !told_.torso->is_person(ray.from).value_or(false)) {
        return std::nullopt;
    }
    if (told_.torso->is_person(ray.at(edge)).value_or(false)) {
        return edge;
    }
    const auto inwards = told_.torso->entry({ray.at(edge), -ray.step}, 0, edge);
    return inwards ? std::optional(edge - *inwards) : std::nullopt;
}

Measure Measuring::row(Side side, double v) const {
    const double level = v * body_.unit / body_.torso;
    const cv::Point2d across = body_.row(v) * (side == Side::kLeft ? 1.0 : -1.0);
    const Ray ray{body_.spine(v), across * body_.unit};
    const auto inside = rays_.is_person(ray.from);
    if (!inside) {
        return {};
    }
    const auto edge = torso_edge(ray, *inside, level > kLegsFrom);
    if (!edge) {
        return {};
    }
    double value = *edge;
    double certainty = 1;
    if (const auto arm = capsules_.first_hit(ray.from, across, *edge)) {
        const auto labeled = labeled_edge(ray, *edge);
        const double beyond = capsules_.distance(ray.at(*edge));
        const double seen = std::max(1 - smoothstep(kCoveredFrom, kCoveredTo, *edge - *arm),
                                     labeled ? 0.0 : smoothstep(kBeyondFrom, kBeyondTo, beyond));
        const double guess =
            labeled ? *labeled : std::clamp(usual_half_width(side, level), *arm, *edge);
        const double least = labeled ? kOnLabeledArm : kOnArm;
        value = guess + (*edge - guess) * seen;
        certainty = least + (1 - least) * seen;
    }
    if (level > kLegsFrom) {
        const double usual = usual_half_width(side, level);
        certainty *= smoothstep(kThighFrom, kThighTo, value / usual);
    }
    const double torso = smoothstep(kArmpitFrom, kArmpitTo, level);
    return measured(value, certainty * (kAboveArmpit + (1 - kAboveArmpit) * torso));
}

/// Height of the line through both shoulders over the point `at`.
double Measuring::axis_over(cv::Point2d at) const {
    const double left = lateral(body_.shoulder[0]);
    const double slope =
        std::abs(left) > 0.1 ? height(body_.shoulder[0]) / left : 0.0;  // else seen in profile
    return slope * lateral(at) - height(at);
}

/// How far an upper arm that is raised lifts what is over position x.
double Measuring::lifted(double x) const {
    const ArmBones& arm = arms_[x > 0 ? 0 : 1];
    if (!arm.elbow) {
        return 0;
    }
    const cv::Point2d along = *arm.elbow - arm.shoulder;
    const double length = std::hypot(along.x, along.y);
    const double sine = length > 0 ? -along.dot(body_.down) / length : 0.0;
    return smoothstep(kRiseFrom, kRiseTo, sine) * smoothstep(kArmTopFrom, kArmTopTo, std::abs(x));
}

/// The top over position x; `over_axis` is its height over the line through both shoulders.
Measure Measuring::top(double x, double& over_axis) const {
    const cv::Point2d up = -body_.down;
    const Ray ray{body_.middle + body_.row(0) * (x * body_.unit), up * body_.unit};
    const auto inside = rays_.is_person(ray.from);
    if (!inside) {
        return {};
    }
    double value = 0;
    if (*inside) {
        const auto edge = rays_.exit(ray, 0, kTopReach);
        if (!edge) {
            return {};
        }
        value = *edge;
    } else {
        const auto edge = rays_.entry({ray.from, -ray.step}, 0, kTopDepth);
        if (!edge) {
            return {};
        }
        value = -*edge;
    }
    if (told_.hair != nullptr && told_.hair->is_person(ray.at(value - kInHair)).value_or(false)) {
        return {};
    }
    over_axis = value - axis_over(ray.from);
    const double usual = polyline(kTopPrior, std::abs(x));
    const double hand = capsules_.distance(ray.at(value), ArmCapsules::Part::kForearm);
    const bool through_hand =
        value > 0 && capsules_.first_hit(ray.from, up, value, ArmCapsules::Part::kForearm);
    const double certainty = (1 - smoothstep(kTooHighFrom, kTooHighTo, over_axis - usual)) *
                             (1 - smoothstep(kTooLowFrom, kTooLowTo, usual - over_axis)) *
                             (1 - lifted(x)) *
                             (through_hand ? 0.0 : smoothstep(kNearArmFrom, kNearArmTo, hand));
    return measured(value, certainty);
}

std::array<Measure, BodyShape::kTops> Measuring::tops() const {
    std::array<Measure, BodyShape::kTops> tops;
    std::array<double, BodyShape::kTops> over_axis{};
    for (std::size_t i = 0; i < BodyShape::kTops; ++i) {
        tops[i] = top(BodyShape::top_position(i), over_axis[i]);
    }
    if (told_.hair != nullptr) {
        return tops;
    }
    for (std::size_t i = 0; i < BodyShape::kTops / 2; ++i) {
        const std::size_t j = BodyShape::kTops - 1 - i;
        const double both = std::min(tops[i].certainty, tops[j].certainty);
        const double higher = std::abs(over_axis[i] - over_axis[j]);
        Measure& hair = tops[over_axis[i] > over_axis[j] ? i : j];
        hair = measured(hair.value,
                        hair.certainty * (1 - both * smoothstep(kPairFrom, kPairTo, higher)));
    }
    return tops;
}

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
        // The network's bone lies beside the person: the edge is on the other side of it.
        const auto inwards =
            outward > 0 ? rays_.entry({at, -ray.step}, 0, kBesidePerson) : std::nullopt;
        return inwards ? measured(-*inwards,
                                  kToldArm * (t <= 1 ? bones.elbow_trust : bones.wrist_trust))
                       : Measure{};
    }
    auto edge = rays_.exit(ray, 0, kArmReach);
    const bool told = told_.arms != nullptr && told_.arms->is_person(at).value_or(false);
    if (told) {
        const auto labeled = told_.arms->exit(ray, 0, kArmReach);
        edge = !edge || (labeled && *labeled < *edge) ? labeled : edge;
    }
    if (!edge) {
        return {};
    }
    const double usual = polyline(kArmPrior, t);
    const Side other = side == Side::kLeft ? Side::kRight : Side::kLeft;
    const double length = (t <= 1 ? upper_length : fore_length) / body_.unit;
    const double trust = t <= 1 ? bones.elbow_trust : bones.wrist_trust;
    const double at_shoulder = outward > 0 ? kOuterAtShoulder : kInnerAtShoulder;
    const double certainty =
        (outward > 0 ? 1.0 : smoothstep(kThinFrom, kThinTo, *edge / usual)) *
        (1 - smoothstep(kThickFrom, kThickTo, *edge / usual)) *
        (at_shoulder + (1 - at_shoulder) * smoothstep(kJointFrom, kJointTo, t)) *
        smoothstep(kShortFrom, kShortTo, length) * trust *
        (told ? kToldArm : free_of_torso(side, at)) *
        smoothstep(kNearArmFrom, kNearArmTo, capsules_.distance(at, other)) *
        smoothstep(kNearArmFrom, kNearArmTo, capsules_.distance(ray.at(*edge), other));
    return measured(*edge, certainty);
}

/// Where torso and legs are rather than arms, as a mask: its border is where both are as likely.
/// Nothing where no parser tells them.
std::optional<PersonMask> torso_mask(const PersonLabels* labels) {
    constexpr std::array kTrunk{Label::kTorso, Label::kLeg};
    constexpr std::array kArms{Label::kUpperArm, Label::kLowerArm, Label::kHand};
    const auto is_told = [&](Label label) {
        const cv::Mat& plane = labels->of(label);
        return plane.type() == CV_8UC1 && !plane.empty() &&
               plane.size() == labels->of(Label::kTorso).size();
    };
    if (labels == nullptr || !std::all_of(kTrunk.begin(), kTrunk.end(), is_told) ||
        !std::all_of(kArms.begin(), kArms.end(), is_told)) {
        return std::nullopt;
    }
    PersonMask mask{cv::Mat(labels->of(Label::kTorso).size(), CV_8UC1), labels->labels_from_shown};
    cv::Mat sum(mask.probability.size(), CV_16SC1, cv::Scalar::all(255));
    for (const Label label : kTrunk) {
        cv::add(sum, labels->of(label), sum, cv::noArray(), CV_16S);
    }
    for (const Label label : kArms) {
        cv::subtract(sum, labels->of(label), sum, cv::noArray(), CV_16S);
    }
    sum.convertTo(mask.probability, CV_8U, 0.5);
    return mask;
}

std::optional<PersonMask> hair_mask(const PersonLabels* labels) {
    return labels != nullptr && !labels->of(Label::kHair).empty()
               ? std::optional(PersonMask{labels->of(Label::kHair), labels->labels_from_shown})
               : std::nullopt;
}

BodyShape measure_all(const Measuring& measuring, const Pose& pose, float min_score) {
    BodyShape shape;
    for (const Side side : kSides) {
        const auto s = static_cast<std::size_t>(side);
        for (std::size_t i = 0; i < BodyShape::kRows; ++i) {
            shape.half_width[s][i] = measuring.row(side, BodyShape::row_level(i));
        }
        for (std::size_t i = 0; i < BodyShape::kArmRows; ++i) {
            const double t = BodyShape::arm_parameter(i);
            shape.arm[s].outer[i] = measuring.arm(side, t, 1);
            shape.arm[s].inner[i] = measuring.arm(side, t, -1);
        }
    }
    shape.top = measuring.tops();
    measuring.legs(pose, min_score, shape);
    return shape;
}

bool knows_anything(const BodyShape& shape) {
    const auto any = [](const auto& measures) {
        return std::any_of(measures.begin(), measures.end(),
                           [](const Measure& one) { return one.certainty > 0; });
    };
    return any(shape.top) || std::any_of(kSides.begin(), kSides.end(), [&](Side side) {
               const auto s = static_cast<std::size_t>(side);
               return any(shape.half_width[s]) || any(shape.arm[s].outer) ||
                      any(shape.arm[s].inner) || any(shape.leg[s].outer) || any(shape.leg[s].inner);
           });
}

}  // namespace

std::optional<BodyShape> measure_body(const Pose& pose, const MeasureOptions& options) {
    if (!pose.mask || pose.keypoints.size() != keypoint_count(pose.skeleton)) {
        return std::nullopt;
    }
    const auto rays = MaskRays::over(*pose.mask, options.frame);
    const auto frame = body_frame(pose, options.min_score);
    if (!rays || !frame || !(rays->mask_length(frame->down * frame->unit) >= kLeastMaskPixels)) {
        return std::nullopt;
    }
    const std::optional<PersonMask> torso = torso_mask(pose.labels.get());
    const auto torso_rays = torso ? MaskRays::over(*torso, options.frame) : std::nullopt;
    const std::optional<PersonMask> arms =
        torso ? std::optional(PersonMask{255 - torso->probability, torso->mask_from_shown})
              : std::nullopt;
    const auto arm_rays = arms ? MaskRays::over(*arms, options.frame) : std::nullopt;
    const std::optional<PersonMask> hair = hair_mask(pose.labels.get());
    const auto hair_rays = hair ? MaskRays::over(*hair, options.frame) : std::nullopt;
    const BodyShape shape =
        measure_all(Measuring(pose, *frame, *rays,
                              {torso_rays ? &*torso_rays : nullptr, arm_rays ? &*arm_rays : nullptr,
                               hair_rays ? &*hair_rays : nullptr},
                              options.min_score),
                    pose, options.min_score);
    return knows_anything(shape) ? std::optional(shape) : std::nullopt;
}

}  // namespace closet
