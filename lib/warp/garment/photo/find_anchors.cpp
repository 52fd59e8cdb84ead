#include "warp/garment/photo/find_anchors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "warp/garment/photo/find_lower.h"
#include "warp/garment/photo/find_upper.h"
#include "warp/garment/photo/garment_outline.h"
#include "warp/garment/photo/garment_shape.h"
#include "warp/garment/photo/middle_line.h"
#include "warp/garment/photo/open_front.h"

namespace closet {
namespace {

constexpr int kVisibleAlpha = 127;
constexpr double kLowConfidence = 0.5;
constexpr double kLineFrom = 0.45;  ///< of the height: legs touch, or a front is closed, from there
constexpr double kLineTo = 0.95;    ///< to there

// In widths of the chest as photos show it, some 0.36 m of a size S on a hidden mannequin.
constexpr double kTorso = 1.9;        ///< shoulders to the hem of a top
constexpr double kLongTop = 2.25;     ///< what is longer is looked at without what hangs below that
constexpr double kWaist = 1.15;       ///< shoulders to the waist, 0.41 m
constexpr double kWaistReach = 0.35;  ///< to either side of there the narrowest row is the waist
constexpr double kBelowArmpit = 0.2;
constexpr double kBelowWaist = 0.2;  ///< widths of the waist, from it to where a skirt is cut off
constexpr double kLongWaistPull = 0.4;   ///< widths per squared distance from the usual place
constexpr double kWaistOfArmhole = 1.9;  ///< the same in depths of the armhole, 0.21 m
constexpr double kHips = 1.2;            ///< what the hips are wide

// Of what has no straps, in its width a quarter of its height below the upper edge.
constexpr double kEdge = 0.02, kEdgeEnds = 0.15;  ///< where that edge and its ends are looked at
constexpr double kArmpits = 0.4;                  ///< and where armpits are of what has armholes
constexpr double kMostDip = 0.12;                 ///< of the edge's middle; a boat neck's is 0.16
constexpr double kWideEdge = 0.62;                ///< necks of those with shoulders are up to 0.55
constexpr double kArmholeGrows = 0.08;            ///< down to the armpits: 0.23 of a strap dress
constexpr double kUnseenArmhole = 0.5;  ///< how far the shoulders would lie above the edge

/// An outline's torso with its sleeves: the middle part is cut off below a row.
UpperPart upper_above(const GarmentOutline& outline, double cut) {
    cv::Mat mask = outline.mask.clone();
    const int axis = std::clamp(cvRound(outline.axis), 0, mask.cols - 1);
    const auto gap = find_leg_gap(outline);
    for (int y = std::max(0, cvRound(cut)); y < mask.rows; ++y) {
        auto* row = mask.ptr<std::uint8_t>(y);
        const RowSpan open = gap ? gap->rows[static_cast<std::size_t>(y)] : RowSpan{};
        int left = open.width() > 0 ? open.first - 1 : axis;
        int right = open.width() > 0 ? open.last + 1 : axis + 1;
        for (; left >= 0 && row[left] != 0; --left) {
            row[left] = 0;
        }
        for (; right < mask.cols && row[right] != 0; ++right) {
            row[right] = 0;
        }
    }
    const auto torso = outline_of_mask(outline, mask);
    return torso ? find_upper(*torso) : UpperPart{};
}

/// With what hangs apart in front joined, as it does for the sides.
GarmentOutline with_closed_front(const GarmentOutline& outline, const LegGap& gap) {
    cv::Mat mask = outline.mask.clone();
    for (int y = 0; y < mask.rows; ++y) {
        const RowSpan& open = gap.rows[static_cast<std::size_t>(y)];
        if (open.width() > 0) {
            mask(cv::Rect(open.first, y, open.width(), 1)).setTo(255);
        }
    }
    return outline_of_mask(outline, mask).value_or(outline);
}

struct Torso {
    UpperPart part;
    double bottom = 0;  ///< the lowest row of its middle, in pixels of the picture
    bool cut = false;   ///< hem and waist are those of a cut
    /// From the shoulders, in widths of the chest.
    double length() const { return (bottom - part.shoulders) / std::max(part.chest, 1.0); }
};

/// Whether armpits were found well below where the silhouette is clearly narrowest: on a skirt that
/// is wider than the torso with its sleeves.
bool is_below_waist(const GarmentOutline& outline, const GarmentShape& shape,
                    const UpperPart& part) {
    constexpr double kWaisted = 0.9;
    constexpr double kWellBelow = 0.25;  // of the way to the lower end; armholes are narrow, too
    const auto armpit = part.anchors.find("left_armpit");
    const double row = outline.box.y + std::lerp(shape.waist_row, outline.box.height, kWellBelow);
    const double waist = double{outline.to_picture({0, row}).y};
    return shape.waisted < kWaisted && armpit != part.anchors.end() && armpit->second.y > waist;
}

Torso find_torso(const GarmentOutline& outline, const GarmentShape& shape) {
    // Sleeves may reach below the hem, which is that of the middle; legs reach below the crotch.
    const bool legs = find_leg_gap(outline).has_value();
    const double bottom =
        double{outline.to_picture({0, legs ? outline.box.br().y - 1.0 : outline.hem}).y};
    const double first_cut = outline.box.y + kTorso * outline.box.width;
    Torso torso{find_upper(outline), bottom, false};
    if (first_cut < (legs ? outline.box.br().y : outline.hem)) {
        torso = {upper_above(outline, first_cut), bottom, true};
    }
    for (int round = 0; round < 2 && torso.length() > kLongTop; ++round) {
        const double cut = torso.part.shoulders + kTorso * torso.part.chest;
        const double row = (cut - outline.origin.y + 0.5) * outline.scale - 0.5;
        torso = {upper_above(outline, row), bottom, true};
    }
    if (torso.cut && torso.length() <= kLongTop) {
        torso = {find_upper(outline), bottom, false};
    }
    if (is_below_waist(outline, shape, torso.part)) {
        const double cut = outline.box.y + shape.waist_row + kBelowWaist * shape.waist_width;
        torso = {upper_above(outline, cut), bottom, true};
    }
    return torso;
}

/// The waist of what goes on below it: the narrowest row where waists are.
GivenWaist waist_below(const GarmentOutline& outline, const UpperPart& part) {
    const double chest = part.chest * outline.scale;
    const double shoulders = (part.shoulders - outline.origin.y + 0.5) * outline.scale - 0.5;
    const cv::Mat& mask = outline.mask;
    const int axis = std::clamp(cvRound(outline.axis), 0, mask.cols - 1);
    // Both measures may be off: sleeves hide armholes, an elastic bodice is narrow.
    const double armhole = part.armhole * outline.scale;
    const double usual = shoulders + (kWaist * chest + kWaistOfArmhole * armhole) / 2;
    const double first =
        std::max(usual - kWaistReach * chest, shoulders + armhole + kBelowArmpit * chest);
    GivenWaist waist{std::min(usual, outline.box.br().y - 1.0), kHips * chest};
    double least = INFINITY;
    for (int y = cvRound(first); y <= std::min(mask.rows - 1, cvRound(usual + kWaistReach * chest));
         ++y) {
        const auto* row = mask.ptr<std::uint8_t>(std::max(y, 0));
        if (row[axis] == 0) {
            break;  // below the crotch
        }
        int left = axis;
        int right = axis;
        while (left > 0 && row[left - 1] != 0) {
            --left;
        }
        while (right + 1 < mask.cols && row[right + 1] != 0) {
            ++right;
        }
        const double off = (y - usual) / chest;
        const double cost = right - left + kLongWaistPull * chest * off * off;
        if (cost < least) {
            least = cost;
            waist.y = y;
        }
    }
    return waist;
}

/// The upper edge of what lies around the chest below the arms, without straps: level from corner
/// to corner, with no armholes below.
class StraplessEdge {
  public:
    explicit StraplessEdge(const GarmentOutline& outline)
        : outline_(outline), spans_(row_spans(outline.mask)) {
        wide_ = span(outline.box.height / 4.0).width();
    }

    bool is_there() const {
        const auto width = [&](double down) { return span(down * wide_).width() / wide_; };
        return outline_.top - outline_.box.y < kMostDip * wide_ && width(kEdge) > kWideEdge &&
               width(kArmpits) - width(kEdgeEnds) < kArmholeGrows;
    }

    /// Shoulders and neck lie on the edge, armpits at its ends.
    void set_anchors(UpperPart& part) const {
        const double shoulder = kEdge * wide_;
        const double armpit = std::min(kEdgeEnds * wide_, outline_.box.height / 2.0);
        for (const bool left : {false, true}) {
            const std::string wearer = left ? "left_" : "right_";
            part.anchors[wearer + "neck"] = at(shoulder, left, 0.5);
            part.anchors[wearer + "shoulder"] = at(shoulder, left, 1);
            part.anchors[wearer + "armpit"] = at(armpit, left, 1);
        }
        part.chest = span(armpit).width() / outline_.scale;
        part.armhole = kUnseenArmhole * part.chest;
        part.shoulders = double{at(armpit, true, 1).y} - part.armhole;
    }

  private:
    /// Of the row so far below the uppermost one, or of the lowest one.
    const RowSpan& span(double down) const {
        const int row = std::min(outline_.box.y + cvRound(down), outline_.box.br().y - 1);
        return spans_[static_cast<std::size_t>(row)];
    }
    /// In the picture, a share of the way from the axis to a side.
    cv::Point2f at(double down, bool left, double share) const {
        const double edge = left ? span(down).last : span(down).first;
        return outline_.to_picture(
            {std::lerp(outline_.axis, edge, share), outline_.box.y + std::round(down)});
    }

    const GarmentOutline& outline_;
    std::vector<RowSpan> spans_;
    double wide_ = 1;
};

void join(const LowerPart& part, FoundAnchors& found) {
    for (const auto& [name, point] : part.anchors) {
        found.anchors[name] = point;
    }
}

FoundAnchors nothing_found(std::optional<GarmentKind> kind) {
    FoundAnchors found;
    found.kind = kind.value_or(GarmentKind::kTop);
    found.warnings.push_back("its silhouette shows no garment, so no anchors were found");
    return found;
}

void keep_inside(cv::Size size, FoundAnchors& found) {
    for (auto& [name, p] : found.anchors) {
        p.x = std::clamp(p.x, 0.0F, static_cast<float>(size.width - 1));
        p.y = std::clamp(p.y, 0.0F, static_cast<float>(size.height - 1));
    }
}

}  // namespace

FoundAnchors find_anchors(const cv::Mat& picture, std::optional<GarmentKind> kind) {
    cv::Mat alpha = picture;
    if (picture.channels() == 4) {
        cv::extractChannel(picture, alpha, 3);
    }
    const cv::Mat silhouette = alpha > kVisibleAlpha;
    const bool two_fronts = is_two_fronts(silhouette);
    const auto outline = outline_of(two_fronts ? with_fronts_joined(silhouette) : alpha);
    if (!outline) {
        return nothing_found(kind);
    }
    GarmentShape shape = measure_shape(*outline);
    if (picture.channels() == 4) {
        shape.middle_line = middle_line(picture, *outline, kLineFrom, kLineTo);
    }
    Torso torso = find_torso(*outline, shape);
    if (torso.part.anchors.empty()) {
        return nothing_found(kind);
    }
    FoundAnchors found;
    found.guess = guess_kind(shape, torso.part, torso.bottom);
    if (two_fronts) {
        found.guess = {GarmentKind::kOuterwear, GarmentKind::kTop, 1, 1, true};
    }
    found.kind = kind.value_or(found.guess.kind);
    if (covers_torso(found.kind) && torso.part.sleeves == Sleeves::kNone) {
        const StraplessEdge edge(*outline);
        if (edge.is_there()) {
            edge.set_anchors(torso.part);
        }
    }
    found.open_front = found.kind == GarmentKind::kOuterwear && found.guess.open_front;
    if (found.open_front && !two_fronts) {
        torso = find_torso(with_closed_front(*outline, *shape.gap), shape);
        if (torso.part.anchors.empty()) {
            return nothing_found(kind);
        }
    }
    found.sleeves = Sleeves::kNone;
    if (covers_torso(found.kind)) {
        found.sleeves = torso.part.sleeves;
        found.anchors = torso.part.anchors;
        found.confidence = torso.part.confidence;
        found.warnings = torso.part.warnings;
    }
    if (found.kind == GarmentKind::kTrousers || found.kind == GarmentKind::kShorts) {
        const LowerPart part = find_trousers(*outline, shape);
        join(part, found);
        found.confidence = part.confidence;
    } else if (found.kind == GarmentKind::kSkirt) {
        const LowerPart part = find_skirt(*outline, shape);
        join(part, found);
        found.confidence = part.confidence;
    } else if (found.kind == GarmentKind::kDress) {
        join(find_skirt(*outline, shape, waist_below(*outline, torso.part)), found);
    } else if (found.kind == GarmentKind::kJumpsuit) {
        for (const char* const hem : {"left_hem", "right_hem"}) {
            found.anchors.erase(hem);
        }
        join(find_trousers(*outline, shape, waist_below(*outline, torso.part)), found);
    }
    keep_inside(alpha.size(), found);
    if (found.confidence < kLowConfidence) {
        found.warnings.push_back(
            "its left and right side differ, so anchors may be wrong: look at them in a preview");
    }
    return found;
}

}  // namespace closet
