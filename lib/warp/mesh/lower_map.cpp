#include "warp/mesh/lower_map.h"

#include <algorithm>
#include <cmath>

#include "warp/mesh/curve.h"

namespace closet::mesh {
namespace {

// Lengths in shoulder widths unless marked, levels in torso lengths.
/// Clothes lie flat as half of what goes around the body, whose section is an ellipse: their flat
/// width over the width that is seen, at hips and waist, with the usual ease.
constexpr double kFlatHips = 1.33, kFlatWaist = 1.28;
constexpr double kNarrowHips = 0.92, kWideHips = 1.32;    ///< width of hips that is believed
constexpr double kNarrowWaist = 0.72, kWideWaist = 1.15;  ///< and of waists
constexpr double kHipRow = 0.1;       ///< hips are widest so far below their joints
constexpr double kWaistLevel = 0.66;  ///< where waists are measured
constexpr double kSkirtLevel = 0.61;  ///< of a skirt's waistband (0.57 on people/full_048462)
/// Of one of trousers (0.72 on people/full_051138), and how far the length of their rise counts.
constexpr double kTrousersLevel = 0.69, kRiseCounts = 0.5;
constexpr double kOverWaist = 0.04;  ///< a waistband covers the edge of the one that is seen
constexpr double kHighestSeen = 0.5, kLowestSeen = 0.9;  ///< of a waistband that is seen
constexpr double kHighest = 0.58, kLowest = 0.80;        ///< of a waistband
/// A hem that would end within the first distance of the wearer's own ends there, beyond the second
/// where it would: logarithms of lengths below the waistband. A photo does not tell whether cloth
/// lies flat or hangs on a mannequin, which is a third narrower: no length is surer than that.
constexpr double kSameHem = 0.15, kOtherHem = 0.35;
/// Hems so many times as wide as the hips hang from the waist alone, which tells their size.
constexpr double kHangsFrom = 1.05, kHangsTo = 1.4, kHipsOfHanging = 0.15;
/// Where trousers part, below the hip joints (0.37 and 0.35 on people/full_051138 and full_050876).
constexpr double kCrotch = 0.36;
/// Inseam over the way from crotch to ankle: from the second on trousers are of full length, which
/// ends at the ankle (cropped ones of people/full_051138 have 0.77).
constexpr double kFullLegFrom = 0.62, kFullLegTo = 0.78, kShortestLeg = 0.92, kLongestLeg = 1.03;
constexpr double kHipsClose = 1.0, kHipsLoose = 1.06;  ///< cloth over body
constexpr double kLegClose = 1.0, kLegLoose = 1.07;
constexpr double kStaysLoose = 0.5, kMostLooseLeg = 0.5;  ///< of what is looser than that
constexpr double kSeenHips = 0.78;                        ///< of flat cloth around the hips
constexpr double kSeenLeg = 0.85;                         ///< of a flat leg
constexpr double kSeenFlare = 0.92;  ///< of a skirt that is kFlared times as wide as its hips
constexpr double kFlared = 1.5;
constexpr double kSkirtNarrower = 0.9, kSkirtWider = 1.1;  ///< body's outline over the skirt's own
constexpr double kOverLegs = 1.03, kBareLeg = 1.15;        ///< of a usual leg
constexpr double kHemTilt = 0.5;     ///< of the line through both legs, for rows of a skirt
constexpr double kSeparate = 0.8;    ///< legs so far apart tell a direction
constexpr double kSmoothHang = 2.0;  ///< rows
/// A thigh that is raised or spread takes the cloth along at once, or it hangs between the legs.
constexpr double kSoonerOnLeg = 3.5, kTurnedFrom = 0.2, kTurnedTo = 1.0;  ///< radians
/// A thigh that points at the camera has no direction to bend to: shares of its length.
constexpr double kThighShortFrom = 0.15, kThighShortTo = 0.5;

cv::Point2d rotated(cv::Point2d v, double angle) {
    return {v.x * std::cos(angle) - v.y * std::sin(angle),
            v.x * std::sin(angle) + v.y * std::cos(angle)};
}

/// Cloth `natural` wide around what is `body` wide.
double fitted(double natural, double body, double close, double loose) {
    const double looser = natural / std::max(body, 1e-3) - loose;
    return std::clamp(natural, close * body, loose * body) *
           (1 + std::clamp(kStaysLoose * looser, 0.0, kMostLooseLeg));
}

}  // namespace

LowerMap::LowerMap(const LowerChart& chart, const Silhouette& body, const Pose& pose,
                   const std::optional<Waist>& waist, const std::optional<OwnClothes>& own,
                   const Turn& turn)
    : chart_(chart),
      body_(body),
      legs_{Leg(PictureSide::kLeft, body, pose, pose.shape.get()),
            Leg(PictureSide::kRight, body, pose, pose.shape.get())},
      turn_(turn) {
    find_scale(waist);
    if (chart_.anchors.legs) {
        const double rise = kCrotch * body.body().unit;
        const double inseam = std::max(chart_.end_y - chart_.anchors.crotch.y, 1.0);
        const double above = (1 - kTrousersLevel) * hip_level() * body.body().unit;
        const double length = above + rise + inseam * leg_scale_;
        leg_scale_ =
            std::max(length * longer_to_own(length, above, own) - above - rise, 1.0) / inseam;
    }
    lay_levels(waist, own);
    lay_pelvis();
    if (chart_.anchors.legs) {
        lay_legs();
        bend_hips();
    } else {
        lay_skirt();
    }
}

/// Of the hip joints, shoulder widths.
double LowerMap::hip_level() const {
    return body_.body().torso / body_.body().unit;
}

void LowerMap::find_scale(const std::optional<Waist>& waist) {
    if (waist) {
        scale_ = leg_scale_ = waist->scale;
        across_ = waist->across;
    } else {
        const auto width = [&](double level) {
            return body_.half_width(PictureSide::kLeft, level).value +
                   body_.half_width(PictureSide::kRight, level).value;
        };
        const double hips = std::clamp(width(hip_level() + kHipRow), kNarrowHips, kWideHips);
        const double middle =
            std::clamp(width(kWaistLevel * hip_level()), kNarrowWaist, kWideWaist);
        const double hanging =
            chart_.anchors.legs ? 0.0
                                : smoothstep(kHangsFrom, kHangsTo,
                                             (chart_.anchors.end[1].x - chart_.anchors.end[0].x) /
                                                 chart_.hip_width);
        const double by_hips = mix(0.5, kHipsOfHanging, hanging);
        scale_ = leg_scale_ = body_.body().unit *
                              std::pow(kFlatHips * hips / chart_.hip_width, by_hips) *
                              std::pow(kFlatWaist * middle / chart_.waist_width, 1 - by_hips);
        across_ = scale_;
    }
    if (!chart_.anchors.legs) {
        return;
    }
    const double inseam = std::max(chart_.end_y - chart_.anchors.crotch.y, 1.0);
    const double ankle =
        (legs_[0].to_ankle() + legs_[1].to_ankle()) / 2 - kCrotch * body_.body().unit;
    const double reach = inseam * scale_ / ankle;
    const double full = ankle * std::clamp(reach, kShortestLeg, kLongestLeg) / inseam;
    leg_scale_ = mix(scale_, full, smoothstep(kFullLegFrom, kFullLegTo, reach));
}

/// How many times as long a garment of a length below its waistband is made so that it ends where
/// the wearer's own does; the waistband lies `above` the hip joints. Shown pixels.
double LowerMap::longer_to_own(double length, double above,
                               const std::optional<OwnClothes>& own) const {
    double sum = 0, weight = 0;
    for (std::size_t i = 0; own && i < legs_.size(); ++i) {
        const auto side = static_cast<std::size_t>(body_.side_of(PictureSide(i)));
        const double end = own->leg_end[side];
        const double shin = legs_[i].to_ankle() - legs_[i].to_knee();
        sum += own->leg_seen[side] *
               (std::min(end, 1.0) * legs_[i].to_knee() + std::max(end - 1, 0.0) * shin);
        weight += own->leg_seen[side];
    }
    if (weight <= 0 || length <= 0 || sum / weight + above <= 0) {
        return 1;
    }
    const double longer = std::log((sum / weight + above) / length);
    const double share =
        std::min(weight / 2, 1.0) * (1 - smoothstep(kSameHem, kOtherHem, std::abs(longer)));
    return std::exp(share * longer);
}

void LowerMap::lay_levels(const std::optional<Waist>& waist, const std::optional<OwnClothes>& own) {
    const BodyFrame& frame = body_.body();
    double per_pixel = scale_ / frame.unit;
    const double hips = hip_level();
    double top = kSkirtLevel * hips;
    if (waist) {
        top = (waist->at - frame.middle).dot(frame.down) / frame.unit;
    } else if (chart_.anchors.legs) {
        const double rise = (chart_.anchors.crotch.y - chart_.waist_y) * per_pixel;
        top = std::clamp(mix(kTrousersLevel * hips, hips + kCrotch - rise, kRiseCounts),
                         kHighest * hips, kLowest * hips);
    }
    if (own && !waist) {
        top = mix(top, std::clamp(own->at(0) - kOverWaist, kHighestSeen * hips, kLowestSeen * hips),
                  own->seen * own->shows);
    }
    if (!chart_.anchors.legs) {
        const double length = (chart_.end_y - chart_.waist_y) * scale_;
        per_pixel *= longer_to_own(length, (hips - top) * frame.unit, own);
    }
    double slope = per_pixel;
    if (chart_.anchors.legs) {
        slope = (hips + kCrotch - top) / (chart_.anchors.crotch.y - chart_.waist_y);
        slope = std::max(slope, per_pixel / 4);  // a waist below the hips is a network's blunder
    }
    level_.clear();
    for (const LowerChart::Row& row : chart_.rows) {
        const double crotch = chart_.anchors.legs ? chart_.anchors.crotch.y : chart_.end_y;
        const double above = std::min(row.y, crotch) - chart_.waist_y;
        level_.push_back(top + above * slope + std::max(row.y - crotch, 0.0) * per_pixel);
    }
}

void LowerMap::lay_pelvis() {
    const BodyFrame& frame = body_.body();
    const double lowest = hip_level() + kCrotch;
    rows_.clear();
    std::vector<double> left, right;
    for (std::size_t i = 0; i < chart_.rows.size(); ++i) {
        const double level = level_[i];
        const double at = std::min(level, lowest);
        Row row;
        row.middle = frame.spine(level);
        row.across = body_.row(at);
        const double crotch = chart_.anchors.crotch.y;
        const double below = chart_.anchors.legs ? std::max(chart_.rows[i].y - crotch, 0.0) : 0.0;
        row.along = (std::min(level, below > 0 ? lowest : level) - hip_level()) * frame.unit +
                    below * leg_scale_;
        const auto width = [&](double flat, PictureSide side) {
            return fitted(flat * across_ * kSeenHips / frame.unit, body_.half_width(side, at).value,
                          kHipsClose, kHipsLoose) *
                   frame.unit;
        };
        left.push_back(width(chart_.anchors.axis - chart_.rows[i].left, PictureSide::kLeft));
        right.push_back(width(chart_.rows[i].right - chart_.anchors.axis, PictureSide::kRight));
        rows_.push_back(row);
    }
    smooth(left, 1.0);
    smooth(right, 1.0);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        rows_[i].left = left[i];
        rows_[i].right = right[i];
    }
}

void LowerMap::lay_legs() {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        Row& row = rows_[i];
        const LowerChart::Row& flat = chart_.rows[i];
        for (std::size_t leg = 0; leg < 2; ++leg) {
            const Leg::Place place = legs_[leg].place(row.along);
            const double width = leg == 0 ? flat.inner[0] - flat.left : flat.right - flat.inner[1];
            const double own = std::max(width, 1.0) / 2 * across_ * kSeenLeg;
            const auto side = [&](double bone, bool inner) {
                const double wide = fitted(own, bone, kLegClose, kLegLoose);
                return inner ? std::min(wide, place.tight) : wide;
            };
            // Down a leg that hangs, the normal points to the left of the picture.
            const bool left_is_inner = legs_[leg].bend() > 0;
            row.leg_left[leg] = place.at + place.normal * side(place.positive, left_is_inner);
            row.leg_right[leg] = place.at - place.normal * side(place.negative, !left_is_inner);
        }
    }
}

void LowerMap::lay_skirt() {
    const double unit = body_.body().unit;
    std::vector<cv::Point2d> middle, across;
    std::vector<double> left, right;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        Row& row = rows_[i];
        if (row.along > 0) {
            const std::array<Leg::Place, 2> legs{legs_[0].place(row.along),
                                                 legs_[1].place(row.along)};
            row.middle = (legs[0].at + legs[1].at) / 2;
            const cv::Point2d normal = unit_of(-(legs[0].normal + legs[1].normal), row.across);
            const cv::Point2d down = quarter_turn(normal);
            const cv::Point2d apart = legs[1].at - legs[0].at;
            const double wide = apart.dot(normal);
            const double slope =
                apart.dot(down) * (wide < 0 ? -1 : 1) / std::max(std::abs(wide), kSeparate * unit);
            row.across = unit_of(normal + down * (kHemTilt * slope), normal);
            const auto hull = [&](bool to_left, double most) {
                double reach = 0;
                for (const Leg::Place& leg : legs) {
                    const double own = to_left ? leg.positive : leg.negative;
                    const double off = (leg.at - row.middle).dot(row.across);
                    reach =
                        std::max(reach, (to_left ? -off : off) + std::min(own, most * leg.usual));
                }
                return reach;
            };
            const LowerChart::Row& flat = chart_.rows[i];
            const double flare =
                smoothstep(1, kFlared, (flat.right - flat.left) / chart_.hip_width);
            const double seen = mix(kSeenHips, kSeenFlare, flare) * across_;
            const auto width = [&](double own, bool to_left) {
                const double natural = own * seen;
                return std::max(
                    std::clamp(hull(to_left, 1e9), kSkirtNarrower * natural, kSkirtWider * natural),
                    kOverLegs * hull(to_left, kBareLeg));
            };
            row.left = width(chart_.anchors.axis - flat.left, true);
            row.right = width(flat.right - chart_.anchors.axis, false);
        }
        middle.push_back(row.middle);
        across.push_back(row.across);
        left.push_back(row.left);
        right.push_back(row.right);
    }
    const auto smooth_points = [](std::vector<cv::Point2d>& points) {
        std::vector<double> x, y;
        for (const cv::Point2d& p : points) {
            x.push_back(p.x);
            y.push_back(p.y);
        }
        smooth(x, kSmoothHang);
        smooth(y, kSmoothHang);
        for (std::size_t i = 0; i < points.size(); ++i) {
            points[i] = {x[i], y[i]};
        }
    };
    smooth_points(across);
    smooth(left, kSmoothHang);
    smooth(right, kSmoothHang);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        rows_[i].across = unit_of(across[i], rows_[i].across);
        rows_[i].left = left[i];
        rows_[i].right = right[i];
    }
}

void LowerMap::bend_hips() {
    const LowerAnchors& anchors = chart_.anchors;
    const cv::Point2d crotch = pelvis_at(chart_.at(anchors.crotch, PictureSide::kLeft));
    for (std::size_t i = 0; i < 2; ++i) {
        const Leg& leg = legs_[i];
        const cv::Point2d down = body_.body().down;
        const double direct = smoothstep(kThighShortFrom, kThighShortTo, leg.thigh_seen());
        Hip& hip = hip_[i];
        hip.turn = direct * std::atan2(down.cross(leg.direction()), down.dot(leg.direction()));
        hip.sooner = mix(1.0, kSoonerOnLeg, smoothstep(kTurnedFrom, kTurnedTo, std::abs(hip.turn)));
        const cv::Point2d edge = pelvis_at(chart_.at(anchors.hip[i], PictureSide(i)));
        const bool to_left = hip.turn > 0;
        hip.pivot = to_left == (i == 0) ? edge : crotch;
        hip.pivot_end = leg.hip() + rotated(hip.pivot - leg.hip(), hip.turn);
    }
}

cv::Point2d LowerMap::at(const LowerPoint& point) const {
    const cv::Point2d pelvis = pelvis_at(point);
    return chart_.anchors.legs && point.leg_share > 0 ? onto_leg(pelvis, point) : pelvis;
}

cv::Point2d LowerMap::pelvis_at(const LowerPoint& point) const {
    const auto [i, share] = between(point.row, rows_.size());
    const double across = turned_across(point.across, turn_.shift, 1);
    const auto on = [&](const Row& row) {
        return row.middle + row.across * (across * (across < 0 ? row.left : row.right));
    };
    // Beyond the first and the last row cloth goes straight on.
    const double last = static_cast<double>(rows_.size() - 1);
    const double beyond = point.row - std::clamp(point.row, 0.0, last);
    return mix(on(rows_[i]), on(rows_[i + 1]), share + beyond);
}

/// What follows the thigh turns with it about the end of the line from hip to crotch that is on the
/// inner side of the bend, as in Note [Raised arms].
cv::Point2d LowerMap::onto_leg(cv::Point2d pelvis, const LowerPoint& point) const {
    const auto side = static_cast<std::size_t>(point.leg);
    const auto [i, share] = between(point.row, rows_.size());
    const auto on = [&](const Row& row) {
        return mix(row.leg_left[side], row.leg_right[side], (point.on_leg + 1) / 2);
    };
    const cv::Point2d own = mix(on(rows_[i]), on(rows_[i + 1]), share);
    const Hip& hip = hip_[side];
    const double follows = 1 - std::pow(1 - point.leg_share, hip.sooner);
    const cv::Point2d leg = rotated(own - hip.pivot_end, -hip.turn);
    return mix(hip.pivot, hip.pivot_end, follows * follows) +
           rotated(mix(pelvis - hip.pivot, leg, follows), follows * hip.turn);
}

}  // namespace closet::mesh
