#include "warp/removal/bare_limb.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <opencv2/core.hpp>

#include "core/curve.h"
#include "core/picture_geometry.h"
#include "warp/paint/kernel.h"
#include "warp/removal/steady.h"

namespace closet::removal {
namespace {

/// A pose is believed from the first share of agreement on, and no more from the second one on.
constexpr int kLimbLabel = 100;  ///< of 255
constexpr double kTrust = 0.7, kDistrust = 0.6;
constexpr float kTrustAhead = 0.6F, kDistrustAhead = 0.45F;  ///< where it is known what comes
constexpr float kDoubt = 3.0F;                               ///< times faster than trust
constexpr double kRememberS = 0.4;                           ///< joints that are not seen
constexpr double kInner = 0.7, kOuter = 1.2;                 ///< radii
/// Of trousers ankles show, and hands on thighs are called legs: so many times the least skin that
/// has a tone is needed for half a doubt.
constexpr int kFewOfLeg = 3;
constexpr double kSkinAround = 0.3;  ///< shoulder widths
constexpr int kFitSkin = 153;        ///< of 255
constexpr int kBareEnough = 3;       ///< skin of a limb whose width is not seen
constexpr double kHandWidths = 0.3;  ///< around a wrist there is a hand
constexpr float kHandFrom = 1.99F;   ///< bones
/// Beyond a wrist, where cloth may hide its hand: looked at in steps, shoulder widths, and to
/// either side; steps that a hand is wide at least; in how many seconds it is followed.
constexpr double kMostPastWrist = 0.45, kWristStep = 0.02, kWristAside = 0.16, kFollowWristS = 0.35;
constexpr int kHandSteps = 5;
constexpr double kIntoHand = 0.03;  ///< an arm reaches into its hand, shoulder widths

constexpr std::array<std::array<Joint, 3>, 2> kArmJoints{
    {{Joint::kLeftShoulder, Joint::kLeftElbow, Joint::kLeftWrist},
     {Joint::kRightShoulder, Joint::kRightElbow, Joint::kRightWrist}}};
constexpr std::array<std::array<Joint, 3>, 2> kLegJoints{
    {{Joint::kLeftHip, Joint::kLeftKnee, Joint::kLeftAnkle},
     {Joint::kRightHip, Joint::kRightKnee, Joint::kRightAnkle}}};

/// Whether the parser calls a pixel such a limb.
bool is_labeled(const GridView& view, LimbKind kind, int x, int y) {
    const int label = kind == LimbKind::kArm
                          ? view.label(Label::kUpperArm, x, y) +
                                view.label(Label::kLowerArm, x, y) + view.label(Label::kHand, x, y)
                          : view.label(Label::kLeg, x, y) + view.label(Label::kFoot, x, y);
    return label > kLimbLabel;
}

struct Bone {
    float x, y, dx, dy, per_square;
};

/// Where `n` pixels from (x, y) on lie along two bones, at the nearer one: the numbers of a Place.
CLOSET_TARGET_CLONES
void measure_row(const Bone& first, const Bone& second, float x, float y, std::size_t n,
                 float* __restrict places) {
    const Bone a = first, b = second;
    struct At {
        float t, square, side;  ///< 0..1 along it; distance, squared; below 0 on its low side
    };
    const auto at = [](const Bone& bone, float px, float py) {
        const float ox = px - bone.x, oy = py - bone.y;
        const float along = (ox * bone.dx + oy * bone.dy) * bone.per_square;
        const float t = std::min(std::max(along, 0.0F), 1.0F);
        const float off_x = ox - bone.dx * t, off_y = oy - bone.dy * t;
        return At{t, off_x * off_x + off_y * off_y, ox * bone.dy - oy * bone.dx};
    };
    for (std::size_t i = 0; i < n; ++i) {
        const float px = x + static_cast<float>(static_cast<int>(i));
        const At p = at(a, px, y), q = at(b, px, y);
        const bool is_second = q.square < p.square;
        const float distance = std::sqrt(is_second ? q.square : p.square);
        const float side = is_second ? q.side : p.side;
        places[3 * i] = is_second ? 1 + q.t : p.t;
        places[3 * i + 1] = side < 0 ? -distance : distance;
        places[3 * i + 2] = distance;
    }
}

/// Where beyond the wrist skin begins if cloth reaches up to it, in shoulder widths along the
/// forearm and aside: poses have wrists under cuffs. Zeros where it does not.
cv::Point2d hidden_past_wrist(const GridView& view, cv::Point2d elbow, cv::Point2d wrist) {
    const cv::Point2d along = unit_of(wrist - elbow, {0, 0}) * view.unit;
    const cv::Point2d beside(-along.y, along.x);
    for (double past = 0; past < kMostPastWrist; past += kWristStep) {
        int skin = 0, cloth = 0;
        double sum = 0;
        for (double aside = -kWristAside; aside <= kWristAside; aside += kWristStep) {
            const cv::Point p = wrist + along * past + beside * aside;
            if (!view.contains(p.x, p.y)) {
                continue;
            }
            if (view.is(Surface::kSkin, p.x, p.y)) {
                ++skin;
                sum += aside;
            }
            cloth += view.is(Surface::kUpperClothes, p.x, p.y) ||
                             view.is(Surface::kLowerClothes, p.x, p.y)
                         ? 1
                         : 0;
        }
        if (skin >= kHandSteps) {
            return past > 0 ? cv::Point2d(past + kIntoHand, sum / skin) : cv::Point2d();
        }
        if (skin + cloth < kHandSteps) {
            break;
        }
    }
    return {};
}

}  // namespace

std::optional<BareLimb> BareLimb::make(const GridView& view, LimbKind kind, std::size_t side,
                                       double passed_s, Known& known) {
    const auto& joints = (kind == LimbKind::kArm ? kArmJoints : kLegJoints)[side];
    const auto first = view.joint(joints[0]);
    const auto second = view.joint(joints[1]);
    BareLimb limb;
    limb.kind_ = kind;
    limb.unit_ = view.unit;
    known.unseen_s = first && second ? 0 : known.unseen_s + passed_s;
    if (known.unseen_s > 0) {
        if (!known.joints || known.unseen_s > kRememberS) {
            return std::nullopt;
        }
        limb.joint_ = *known.joints;
        for (cv::Point2d& joint : limb.joint_) {
            joint = view.middle + joint * view.unit;
        }
    } else if (first && second) {
        // Without its end the limb goes straight on.
        limb.joint_ = {*first, *second, view.joint(joints[2]).value_or(*second * 2 - *first)};
        limb.hold_still(view, known);
        known.joints = limb.joint_;
        for (cv::Point2d& joint : *known.joints) {
            joint = (joint - view.middle) / view.unit;
        }
    } else {
        return std::nullopt;
    }
    if (kind == LimbKind::kArm) {
        const cv::Point2d now = hidden_past_wrist(view, limb.joint_[1], limb.joint_[2]);
        const cv::Point2d was = known.past_wrist.value_or(now);
        known.past_wrist = was + (now - was) * std::min(passed_s / kFollowWristS, 1.0);
        const cv::Point2d along = unit_of(limb.joint_[2] - limb.joint_[1], {0, 0}) * limb.unit_;
        limb.ends_in_cuff_ = known.past_wrist->x > kIntoHand;
        limb.joint_[2] +=
            along * known.past_wrist->x + cv::Point2d(-along.y, along.x) * known.past_wrist->y;
    }
    limb.outline_ = LimbOutline(kind, view.unit);
    limb.find_box(view);
    limb.measure_places();
    return limb;
}

/// Joints and the body's size tremble, and so would the edges of what is painted: who moves less
/// than kStillWidths in a frame is followed slowly.
void BareLimb::hold_still(const GridView& view, Known& known) {
    const cv::Matx23d shown_from_grid = inverse(view.classes->classes_from_shown);
    const double still = kStillWidths * unit_;
    const bool is_new = !known.steady;
    std::array<cv::Point2d, 3>& steady = is_new ? known.steady.emplace() : *known.steady;
    for (std::size_t i = 0; i < joint_.size(); ++i) {
        const cv::Point2d now = apply(shown_from_grid, joint_[i]);
        const double moved = cv::norm(joint_[i] - view.place(steady[i]));
        if (is_new || !std::isfinite(moved)) {
            steady[i] = now;
        } else {
            steady[i] += (now - steady[i]) * follow_steadily(moved, still);
        }
        joint_[i] = view.place(steady[i]);
    }
    const double scale = view.classes->classes_from_shown(0, 0);
    const double grown = unit_ / scale - known.steady_unit;
    known.steady_unit += is_new ? grown : grown * follow_steadily(grown * scale, still);
    unit_ = known.steady_unit * scale;
}

void BareLimb::find_box(const GridView& view) {
    const double around = (kind_ == LimbKind::kArm ? 0.35 : 0.45) * unit_;
    cv::Point2d low(INFINITY, INFINITY), high(-INFINITY, -INFINITY);
    for (const cv::Point2d& p : joint_) {
        low = {std::min(low.x, p.x - around), std::min(low.y, p.y - around)};
        high = {std::max(high.x, p.x + around), std::max(high.y, p.y + around)};
    }
    const cv::Rect2d all(0, 0, view.size().width, view.size().height);
    const cv::Rect2d part = cv::Rect2d(low, high) & all;
    box_ = part.empty() ? cv::Rect()
                        : cv::Rect(cv::Point(cvFloor(part.x), cvFloor(part.y)),
                                   cv::Point(cvFloor(part.br().x), cvFloor(part.br().y)));
}

void BareLimb::measure_places() {
    places_.create(box_.size());
    const auto bone_of = [&](std::size_t i) {
        const cv::Point2f from = joint_[i];
        const cv::Point2f along = cv::Point2f(joint_[i + 1]) - from;
        return Bone{from.x, from.y, along.x, along.y, 1 / (along.dot(along) + 1e-6F)};
    };
    const Bone first = bone_of(0), second = bone_of(1);
    for (int y = 0; y < box_.height; ++y) {
        measure_row(first, second, static_cast<float>(box_.x), static_cast<float>(box_.y + y),
                    static_cast<std::size_t>(box_.width), places_[y]->val);
    }
}

/// Follows the agreement of pose and parser; whether the pose is to be believed.
bool BareLimb::agrees(const GridView& view, float share, Known& known) const {
    int all = 0, agree = 0, skin = 0, skin_inside = 0;
    for (int y = box_.y; y < box_.br().y; y += 2) {
        for (int x = box_.x; x < box_.br().x; x += 2) {
            const Place place = at(x, y);
            const auto distance = static_cast<double>(place.distance);
            const auto along = static_cast<double>(place.along);
            if (distance > kSkinAround * unit_ || !LimbOutline::has_station(along)) {
                continue;
            }
            const bool is_limb = is_labeled(view, kind_, x, y);
            const double radius = outline_.radius(along);
            if (distance < kInner * radius) {
                ++all;
                agree += is_limb ? 1 : 0;
            }
            if (is_limb && view.of(Surface::kSkin, x, y) >= kFitSkin) {
                ++skin;
                skin_inside += distance < kOuter * radius ? 1 : 0;
            }
        }
    }
    if (all == 0) {
        return false;
    }
    // Sleeves are often called torso.
    double now = std::min(2.0 * agree / all, 1.0);
    const int least = least_skin_pixels(unit_);
    if (4 * skin >= least) {
        const int few = kind_ == LimbKind::kLeg ? kFewOfLeg * least : 0;
        now = std::min(now, static_cast<double>(skin_inside + few) / (skin + few));
    }
    known.agreement =
        known.agreement < 0
            ? now
            : known.agreement + std::min(now < known.agreement ? kDoubt * share : share, 1.0F) *
                                    (now - known.agreement);
    return known.agreement > (known.is_trusted ? kDistrust : kTrust);
}

void BareLimb::learn_shape(const GridView& view, float share, Known& known) {
    const cv::Mat& skin = view.classes->of(Surface::kSkin);
    LimbOutline::Seen seen;
    int hand = 0, bare = 0;
    for (int y = box_.y; y < box_.br().y; ++y) {
        for (int x = box_.x; x < box_.br().x; ++x) {
            const Place place = at(x, y);
            const auto distance = static_cast<double>(place.distance);
            const auto along = static_cast<double>(place.along);
            const cv::Point2d from_end = cv::Point2d(x, y) - joint_[2];
            const bool is_skin = skin.at<std::uint8_t>(y, x) >= kFitSkin;
            if (is_skin) {
                const double reach = kHandWidths * unit_;
                hand += from_end.dot(from_end) < reach * reach ? 1 : 0;
                bare += distance < outline_.radius(along) ? 1 : 0;
            }
            if (distance <= LimbOutline::kLookedAt * unit_) {
                seen.add(along, place.across,
                         is_skin                           ? LimbOutline::Part::kSkin
                         : view.is(Surface::kGround, x, y) ? LimbOutline::Part::kGround
                                                           : LimbOutline::Part::kOther);
            }
        }
    }
    outline_.learn(seen, share, known.outline);
    // A sleeve down to the wrist shows no width: the usual one, where a hand or enough
    // skin tells that it is bare below.
    const int least = least_skin_pixels(unit_);
    known.end_seen |= !known.outline.sizes.empty() || hand >= least || bare >= kBareEnough * least;
}

LimbPart BareLimb::part_of(cv::Rect part) const {
    LimbPart result{part, cv::Mat1f(part.size()), cv::Mat1f(part.size()), cv::Mat1b(part.size())};
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            const Place place = at(part.x + x, part.y + y);
            result.along(y, x) = place.along;
            result.across(y, x) = outline_.across_in_radii(static_cast<double>(place.along),
                                                           static_cast<double>(place.across));
            result.is_limb(y, x) = place.along > kHandFrom ? 0 : 255;
        }
    }
    return result;
}

void BareLimb::learn(const GridView& view, float agreement, float share, Known& known) {
    known.is_trusted = agrees(view, share, known);
    known.is_sure = agreement > (known.is_sure ? kDistrustAhead : kTrustAhead);
    is_sure_ = known.is_sure;
    is_trusted_ = known.is_trusted || known.is_sure;
    if (is_trusted_) {  // nothing is learned from a wrong place
        learn_shape(view, share, known);
    } else {
        LimbOutline::Seen nothing;
        outline_.learn(nothing, 0, known.outline);
    }
    has_size_ = known.end_seen || kind_ == LimbKind::kLeg;
}

std::optional<SkinTone> BareLimb::tone_now(const GridView& view,
                                           const std::optional<cv::Vec3f>& all_skin,
                                           const SkinTone* other) const {
    return is_trusted_ ? read_tone(view, part_of(box_), cloth(), all_skin, other) : std::nullopt;
}

void BareLimb::learn_tone(const std::optional<SkinTone>& now, float share, Known& known) {
    if (now && known.tone) {
        known.tone->follow(*now, share);
    } else if (now) {
        known.tone = now;
    }
    tone_ = known.tone;
}

void BareLimb::paint(const GridView& view, cv::Rect part, const cv::Mat& wanted,
                     const SkinGrain& grain, cv::Mat3f& colors, Sources& sources) const {
    paint_skin(view, part_of(part), *tone_, cloth(), wanted, colors);
    grain.set_sources(part, sources);
}

}  // namespace closet::removal
