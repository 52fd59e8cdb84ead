#include "warp/mesh/torso_map.h"

#include <algorithm>
#include <cmath>

namespace closet::mesh {
namespace {

// Constants of the mesh study (section 3); lengths in shoulder widths.
constexpr double kChest = 0.90;        ///< of the garment under the arms, before ease
constexpr double kUsualAspect = 1.55;  ///< tip to hem in chests; boxier things are cut wider
constexpr double kMostEase = 1.14;
constexpr double kTipLevel = -0.20;                     ///< of the shoulder tips
constexpr double kNarrowest = 0.6;                      ///< of the garment's width on a turned body
constexpr double kFitClose = 1.05, kFitLoose = 1.16;    ///< garment over body
constexpr double kLooseShare = 0.5, kMostLoose = 0.25;  ///< how loose garments stay loose
/// Shoulder seams lie on the shoulder joints or somewhat outside.
constexpr double kSeamInside = 0.92, kSeamOutside = 1.12;
/// Where a row becomes narrower than this share of its natural width, its middle does, too.
constexpr double kLeastOfMiddle = 0.85;
constexpr double kSmoothRows = 1.0;
constexpr double kOverShoulder = 0.035;             ///< cloth lies so high above the silhouette
constexpr double kHairFrom = 0.16, kHairTo = 0.26;  ///< gaps beyond are no shoulders
constexpr double kMostUp = 0.16, kMostDown = 0.12;  ///< shift of the whole garment
constexpr double kMostLift = 0.10;
constexpr double kNeckDifference = 0.10;  ///< between both sides of the neck
constexpr double kShiftPrior = 0.1;       ///< weight of no shift

/// The weighted median of four gaps and of "no gap" with a little weight, interpolated, so that it
/// changes continuously with all of them.
double typical(const std::array<Estimate, 4>& gaps) {
    std::array<Estimate, 5> sorted{gaps[0], gaps[1], gaps[2], gaps[3], {0.0, kShiftPrior}};
    std::sort(sorted.begin(), sorted.end(),
              [](const Estimate& a, const Estimate& b) { return a.value < b.value; });
    double total = 0;
    for (const Estimate& gap : sorted) {
        total += gap.seen;
    }
    double middle_before = 0;  // cumulated weight at the middle of the gap before
    double before = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const double middle = before + sorted[i].seen / 2;
        if (middle >= total / 2) {
            return i == 0
                       ? sorted[0].value
                       : mix(sorted[i - 1].value, sorted[i].value,
                             (total / 2 - middle_before) / std::max(middle - middle_before, 1e-9));
        }
        middle_before = middle;
        before += sorted[i].seen;
    }
    return sorted.back().value;
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

TorsoMap::TorsoMap(const GarmentChart& chart, const Silhouette& body) : chart_(chart), body_(body) {
    const double ease =
        chart.anchors.sleeves
            ? std::clamp(std::sqrt(kUsualAspect / std::max(chart.aspect, 0.5)), 1.0, kMostEase)
            : 1.0;
    scale_ = body.body().unit * kChest * ease / chart.chest;
    lay_rows();
    shift_ = -std::clamp(typical(gaps()), -kMostDown, kMostUp);
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
        lift_[i] = lift[i] * body.body().unit;
    }
}

void TorsoMap::lay_rows() {
    const BodyFrame& body = body_.body();
    const double narrowing = std::max(body.shoulders / body.unit, kNarrowest);
    std::vector<double> left, right;
    rows_.clear();
    for (const TorsoRow& row : chart_.rows) {
        const double v = kTipLevel + shift_ + (row.y - chart_.tip_y) * scale_ / body.unit;
        rows_.push_back({body.spine(v), body_.row(v), row.left * scale_ * narrowing,
                         row.right * scale_ * narrowing, 0, 0});
        const auto width = [&](double own, PictureSide side) {
            const double natural = own * scale_ * narrowing / body.unit;
            const Estimate half = body_.half_width(side, v);
            const double loose = natural / std::max(half.value, 1e-3) - kFitLoose;
            const double fitted =
                std::clamp(natural, kFitClose * half.value, kFitLoose * half.value) *
                (1 + std::clamp(kLooseShare * loose, 0.0, kMostLoose));
            const double joint = body_.shoulder_half_width(side);
            const double sewn = std::clamp(natural, kSeamInside * joint, kSeamOutside * joint);
            return mix(sewn, fitted, row.fit) * body.unit;
        };
        left.push_back(width(row.left, PictureSide::kLeft));
        right.push_back(width(row.right, PictureSide::kRight));
    }
    smooth(left, kSmoothRows);
    smooth(right, kSmoothRows);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        rows_[i].left = left[i];
        rows_[i].right = right[i];
    }
}

cv::Point2d TorsoMap::at(const TorsoPoint& point) const {
    const auto [i, share] = between(point.row, rows_.size());
    const Row& a = rows_[i];
    const Row& b = rows_[i + 1];
    const auto on = [&](const Row& row) {
        const double off = point.across < 0 ? -off_spine(-point.across, row.left_natural, row.left)
                                            : off_spine(point.across, row.right_natural, row.right);
        return row.spine + row.across * off;
    };
    const double lift =
        point.lifted * mix(lift_[point.lift.index], lift_[point.lift.index + 1], point.lift.share);
    return mix(on(a), on(b), share) - body_.body().down * lift;
}

std::array<Estimate, 4> TorsoMap::gaps() const {
    const BodyFrame& body = body_.body();
    const cv::Point2d across = body_.row(0);
    std::array<Estimate, 4> result;
    for (std::size_t i = 0; i < 4; ++i) {
        // off = x * across - height * down
        const cv::Point2d off = (at(chart_.torso_at(chart_.lift[i])) - body.middle) / body.unit;
        const double determinant = across.x * body.down.y - across.y * body.down.x;
        const double x = (off.x * body.down.y - off.y * body.down.x) / determinant;
        const double height = -(across.x * off.y - across.y * off.x) / determinant;
        const Estimate top = body_.top(x);
        const double gap = top.value + kOverShoulder - height;
        result[i] = {gap, top.seen * (1 - smoothstep(kHairFrom, kHairTo, std::abs(gap)))};
    }
    return result;
}

double TorsoMap::row_at(double v) const {
    const double y = chart_.tip_y + (v - kTipLevel - shift_) * body_.body().unit / scale_;
    return (y - chart_.rows.front().y) / (chart_.rows[1].y - chart_.rows[0].y);
}

}  // namespace closet::mesh
