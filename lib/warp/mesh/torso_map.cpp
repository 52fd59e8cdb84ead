#include "warp/mesh/torso_map.h"

#include <algorithm>
#include <cmath>

namespace closet::mesh {
namespace {

// Constants of the mesh study (section 3); lengths in shoulder widths.
constexpr double kChest = 0.90;  ///< of the garment under the arms, before ease
/// Tip to hem in chests, as the T-shirts and blouses of the shared pictures have it with these
/// anchors (1.81 .. 2.02, median 1.86); boxier things, jackets, are cut wider.
constexpr double kUsualAspect = 1.85;
constexpr double kMostEase = 1.14;
constexpr double kTipLevel = -0.20;                     ///< of the shoulder tips
constexpr double kNarrowest = 0.6;                      ///< of the garment's width on a turned body
constexpr double kSoft = 0.05, kLeastSoft = 1e-9;       ///< shares so near change places slowly
constexpr double kFitClose = 1.0, kFitLoose = 1.08;     ///< garment over body
constexpr double kLooseShare = 0.3, kMostLoose = 0.25;  ///< how loose garments stay loose
/// Shoulder seams lie on the shoulder joints or somewhat outside.
constexpr double kSeamInside = 0.92, kSeamOutside = 1.12;
/// Where a row becomes narrower than this share of its natural width, its middle does, too.
constexpr double kLeastOfMiddle = 0.85;
/// The waist of a dress or jumpsuit lies on the wearer's, in torso lengths: how wide it is laid
/// flat tells little of its length where it is elastic. Within these factors.
constexpr double kDressWaist = 0.64, kShortBodice = 0.9, kLongBodice = 1.35;
/// A turn makes a top longer as long as its wearer is no broader than this torso tells.
constexpr double kShortestTorso = 1.28;
constexpr double kSmoothRows = 1.0;
constexpr double kTurningAway = 0.15;  ///< half widths
constexpr double kChestDepth = 0.5;    ///< at the shoulders' line, of that of the chest
/// Cloth lies so high above the silhouette. Where that of the old clothes is measured it is theirs.
constexpr double kOverShoulder = 0.005;
/// The base of the neck falls forwards, steeply at first: cloth that lies flat in the garment's
/// picture is seen from the front shortened to kYoke beside the neck, less and less over kYokeEnd
/// below it. (In pair 00055 the neckline's front lies 0.03 below its sides, in the flat picture
/// 0.13; below it, down to the print, cloth is seen in its full length.)
constexpr double kYoke = 0.5, kYokeEnd = 0.35;
constexpr double kHairFrom = 0.16, kHairTo = 0.26;  ///< gaps beyond are no shoulders
constexpr double kMostUp = 0.16, kMostDown = 0.12;  ///< shift of the whole garment
constexpr double kMostLift = 0.10;
constexpr double kNeckDifference = 0.10;  ///< between both sides of the neck
constexpr double kShiftPrior = 0.1;       ///< weight of no shift

/// Lengths are fitted below this level, of garments that go on at least so far below it.
constexpr double kStretchFrom = 0.25, kLeastStretched = 0.3;
/// How much longer or shorter a hem may become to end where the wearer's own does; twice as far
/// off it is left alone. A tucked one is made longer to end a little below the waistband's edge.
constexpr double kMostLonger = 1.15, kMostShorter = 0.85, kMostIntoWaist = 1.25;
constexpr double kIntoWaist = 0.04;
/// How far the whole garment is scaled for that, before its lower part is stretched.
constexpr double kLeastScaled = 0.92, kMostScaled = 1.12;

/// The mean of four gaps and of "no gap" with a little weight. (Their median moved the whole
/// garment whenever two of them passed each other.)
double typical(const std::array<Estimate, 4>& gaps) {
    double sum = 0, weight = kShiftPrior;
    for (const Estimate& gap : gaps) {
        sum += gap.seen * gap.value;
        weight += gap.seen;
    }
    return sum / weight;
}

/// The length that is seen of cloth that begins beside the neck and is `flat` shoulder widths long.
double seen_length(double flat) {
    if (flat <= 0) {
        return flat;  // a stand collar
    }
    // The integral of kYoke + (1 - kYoke) * smoothstep(0, kYokeEnd, x).
    const double t = std::min(flat / kYokeEnd, 1.0);
    const double steep = t - t * t * t + t * t * t * t / 2;
    return flat - (1 - kYoke) * kYokeEnd * steep;
}

/// From the spine to `across` (0: the axis, 1: the side seam, or beyond) of a half row that is
/// `natural` wide and is to be `wide`. The middle, where prints are, keeps its scale: cloth is
/// gathered, stretched or turned away at the sides, as across^4.
double off_spine(double across, double natural, double wide) {
    if (across >= 1) {
        return across * wide;
    }
    const double middle = std::min(natural, wide / kLeastOfMiddle);
    return middle * across + (wide - middle) * across * across * across * across;
}

}  // namespace

TorsoMap::TorsoMap(const GarmentChart& chart, const Silhouette& body, const OwnClothes* own,
                   double tucked, double longer, FollowedRest rest, const Panel& panel)
    : chart_(chart), body_(body) {
    const double wide = std::sqrt(kUsualAspect / std::max(chart.aspect, 0.5));
    const double ease = chart.anchors.sleeves ? std::clamp(wide, 1.0, kMostEase) : 1.0;
    boxy_ = std::max(wide / kMostEase, 1.0);
    scale_ = body.body().unit * kChest * ease / chart.chest;
    const double room =
        soft_max(body.body().torso / body.body().unit / kShortestTorso - 1, 0, kSoft);
    longer_ = 1 + soft_min(longer - 1, room, std::clamp(longer - 1, kLeastSoft, kSoft));
    if (chart.lower) {
        const double level = kDressWaist * body.body().torso / body.body().unit - kTipLevel;
        const double flat = (chart.lower->waist_y - chart.tip_y) * scale_ / body.body().unit;
        stretch_ = std::clamp(level / std::max(flat, 1e-3), kShortBodice, kLongBodice);
    } else {
        stretch_ = longer_;
    }
    lay_rows();
    shift_ = rest.shift(-std::clamp(typical(gaps()), -kMostDown, kMostUp));
    if (own != nullptr) {
        fit_length(*own, tucked);
        scale_ *= std::clamp(length_, kLeastScaled, kMostScaled);
        length_ = 1;
        fit_length(*own, tucked);
    }
    lay_rows();
    const std::array<Estimate, 4> left = gaps();
    std::array<double, 4> lift{};
    for (std::size_t i = 0; i < 4; ++i) {
        lift[i] = left[i].seen * std::clamp(left[i].value, -kMostLift, kMostLift);
    }
    // Hair hides one side of the neck more often than both: neither is far above the lower one.
    const double lower = std::abs(lift[1]) < std::abs(lift[2]) ? lift[1] : lift[2];
    for (const std::size_t i : {1U, 2U}) {
        lift[i] = std::clamp(lift[i], lower - kNeckDifference, lower + kNeckDifference);
    }
    for (std::size_t i = 0; i < 4; ++i) {
        lift_[i] = rest.lift(i, lift[i]) * body.body().unit;
    }
    // Last: necks and tips tell how a top rests where Note [Turned rows] has them.
    if (panel.share > 0) {
        panel_ = panel;
        lay_rows();
    }
}

/// Photos tell lengths to some 15 % only: scale comes from the chest's width, and cloth is
/// gathered. Where the wearer's own top ends within that of where this one would, it ends there.
void TorsoMap::fit_length(const OwnClothes& own, double tucked) {
    const double hem_y = (chart_.anchors.side[0].hem.y + chart_.anchors.side[1].hem.y) / 2;
    natural_ = natural_level_of(hem_y) - kStretchFrom;
    if (natural_ < kLeastStretched) {
        return;
    }
    const double end = mix(own.hem, own.at(0) + kIntoWaist, tucked) - kStretchFrom;
    const double wanted = end / natural_;
    const double most = mix(kMostLonger, kMostIntoWaist, tucked);
    // Of a top that is tucked in nobody sees the hem: over the waist this one is as long as it is.
    double share = own.seen * mix(1 - own.shows, 1.0, tucked) *
                   (1 - smoothstep(most, 1 + 2 * (most - 1), wanted)) *
                   smoothstep(1 - 2 * (1 - kMostShorter), kMostShorter, wanted);
    if (wanted < 1) {
        share *= 1 - tucked;  // it is cut, not shortened
    }
    length_ = 1 + share * (wanted - 1);
}

double TorsoMap::level_of(double y) const {
    const double level = natural_level_of(y);
    const double below = level - kStretchFrom;
    if (below <= 0) {
        return level;
    }
    // Little at the chest, where prints are; on at the hem's pace below it.
    const double part = below / natural_;
    return kStretchFrom + natural_ * (part <= 1 ? part + (length_ - 1) * part * part
                                                : length_ + (2 * length_ - 1) * (part - 1));
}

double TorsoMap::natural_level_of(double y) const {
    const double neck_y = (chart_.lift[1].y + chart_.lift[2].y) / 2;
    const auto seen = [&](double at) {
        return seen_length((at - neck_y) * length_scale() / body_.body().unit);
    };
    return kTipLevel + shift_ + seen(y) - seen(chart_.tip_y);
}

void TorsoMap::lay_rows() {
    const BodyFrame& body = body_.body();
    const double narrowing = soft_max(body.shoulders / body.unit, kNarrowest, kSoft);
    std::vector<double> left, right;
    rows_.clear();
    for (const TorsoRow& row : chart_.rows) {
        const double v = level_of(row.y);
        rows_.push_back({body.spine(v),
                         body_.row(v),
                         row.left * scale_ * narrowing,
                         row.right * scale_ * narrowing,
                         0,
                         0,
                         {}});
        const auto width = [&](double own, PictureSide side) {
            const double natural = own * scale_ * narrowing / body.unit;
            const Estimate half = body_.half_width(side, v);
            const double loose = natural / std::max(half.value, 1e-3) - kFitLoose;
            const double fitted =
                std::clamp(natural, kFitClose * half.value, kFitLoose * half.value) *
                (1 + std::clamp(kLooseShare * loose, 0.0, kMostLoose));
            const double joint = body_.shoulder_half_width(side);
            const double sewn = mix(std::clamp(natural, kSeamInside * joint, kSeamOutside * joint),
                                    own * scale_ * panel_.width / body.unit, panel_.share);
            return mix(sewn, fitted, row.fit) * body.unit;
        };
        left.push_back(width(row.left, PictureSide::kLeft));
        right.push_back(width(row.right, PictureSide::kRight));
    }
    smooth(left, kSmoothRows);
    smooth(right, kSmoothRows);
    const double neck_y = std::min((chart_.lift[1].y + chart_.lift[2].y) / 2, chart_.tip_y - 1);
    const double neck = (std::abs(chart_.torso_at(chart_.lift[1]).across) +
                         std::abs(chart_.torso_at(chart_.lift[2]).across)) /
                        2;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        rows_[i].left = left[i];
        rows_[i].right = right[i];
        if (panel_.share > 0) {
            const cv::Point2d on_axis(chart_.anchors.axis, chart_.rows[i].y);
            const double lifted = chart_.torso_at(on_axis).lifted;
            const double far = kChestDepth * smoothstep(neck_y, chart_.tip_y, chart_.rows[i].y);
            rows_[i].around = PanelRow(panel_, 1 - lifted * lifted, far, neck);
        }
    }
    if (panel_.share > 0) {
        round_out(neck_y);
        throat_ = 0;
        for (const RimPoint& point : chart_.rim) {
            if (point.part == RimPart::kNeckline &&
                std::abs(point.vertex.torso.across) < neck / 2) {
                throat_ = std::max(throat_, point.vertex.torso.row);
            }
        }
        turns_ = neck * std::sin(std::atan2(neck * std::abs(std::cos(panel_.angle)),
                                            panel_.neck * std::abs(std::sin(panel_.angle))));
    }
}

double TorsoMap::Row::off_spine(double x) const {
    return x < 0 ? -mesh::off_spine(-x, left_natural, left)
                 : mesh::off_spine(x, right_natural, right);
}

void TorsoMap::round_out(double from_y) {
    const auto far = [&](std::size_t i) {
        const Row& row = rows_[i];
        return std::max(std::abs(row.off_spine(row.around.edge())), 1e-3);
    };
    std::vector<double> level;
    for (const TorsoRow& row : chart_.rows) {
        level.push_back(level_of(row.y));
    }
    std::size_t i = 0, last = 0;
    while (last + 1 < rows_.size() && chart_.rows[last].fit < 1) {
        ++last;
    }
    while (i < last && chart_.rows[i].y < from_y) {
        ++i;
    }
    while (i < last) {
        const auto slope = [&](std::size_t k) { return (far(k) - far(i)) / (level[k] - level[i]); };
        std::size_t next = i + 1;
        for (std::size_t k = next; k <= last; ++k) {
            next = slope(k) > slope(next) ? k : next;
        }
        const double rise = slope(next), at = far(i);
        for (std::size_t k = i + 1; k < next; ++k) {
            rows_[k].around.widen((at + rise * (level[k] - level[i])) / far(k));
        }
        i = next;
    }
}

TorsoMap::Edge TorsoMap::edge(std::size_t i) const {
    const Row& row = rows_[i];
    const double x = row.around.edge();
    const double half = x < 0 ? row.left : row.right;
    return {row.spine + row.across * row.off_spine(x), row.across * row.around.far(), half};
}

double TorsoMap::row_below_throat(const TorsoPoint& point) const {
    const double across = point.across * (panel_.is_far(PictureSide::kRight) ? 1 : -1);
    return mix(point.row, std::max(point.row, throat_),
               panel_.share * smoothstep(turns_, turns_ + kTurningAway, across));
}

cv::Point2d TorsoMap::at(const TorsoPoint& point, double across, bool behind) const {
    const bool is_panel = panel_.share > 0 && !behind;
    const auto [i, share] = between(is_panel ? row_below_throat(point) : point.row, rows_.size());
    const Row& a = rows_[i];
    const Row& b = rows_[i + 1];
    const auto on = [&](const Row& row) {
        const double x = panel_.share > 0 ? mix(across,
                                                behind ? row.around.behind(point.across)
                                                       : row.around.at(point.across),
                                                panel_.share)
                                          : across;
        return row.spine + row.across * row.off_spine(x);
    };
    const double lift =
        point.lifted * mix(lift_[point.lift.index], lift_[point.lift.index + 1], point.lift.share);
    return mix(on(a), on(b), share) - body_.body().down * lift;
}

std::array<Estimate, 4> TorsoMap::gaps() const {
    std::array<Estimate, 4> result;
    for (std::size_t i = 0; i < 4; ++i) {
        const Estimate top = body_.top_above(at(chart_.torso_at(chart_.lift[i])));
        const double gap = top.value + kOverShoulder;
        result[i] = {gap, top.seen * (1 - smoothstep(kHairFrom, kHairTo, std::abs(gap)))};
    }
    return result;
}

}  // namespace closet::mesh
