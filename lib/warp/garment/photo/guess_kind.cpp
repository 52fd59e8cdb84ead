#include "warp/garment/photo/guess_kind.h"

#include <algorithm>
#include <array>
#include <utility>

namespace closet {
namespace {

/// 0 at `from`, 1 at `to`, which may lie on either side of it.
double ramp(double value, double from, double to) {
    return std::clamp((value - from) / (to - from), 0.0, 1.0);
}

// Chosen on the shared photos and on drawn silhouettes; widths are those of GarmentShape.

/// 0..1: whether the upper edge is a waistband: level, with corners and no armholes below. Levels
/// of 19 tops: up to 0.82; of trousers and skirts from 0.89 (a full circle) on.
double has_waistband(const GarmentShape& shape, const UpperPart& upper) {
    const bool sleeves = !shape.gap && upper.sleeves != Sleeves::kNone && upper.confidence > 0.5F;
    return sleeves ? 0
                   : ramp(shape.level_top, 0.82, 0.88) *
                         ramp(shape.top_dip / shape.top_width, 0.30, 0.18) *
                         ramp(shape.late_growth, 0.16, 0.08);
}

/// 0..1: whether there are two legs below a waistband.
double has_legs(const GarmentShape& shape, double slim) {
    const double flare = shape.hem_width / shape.hip_width;
    // Legs that touch all the way down have a line between them, as a seam of a skirt may be.
    const double seam =
        ramp(shape.middle_line, 1.3, 1.8) * ramp(slim, 1.6, 1.9) * ramp(flare, 1.4, 1.2);
    if (!shape.gap) {
        return seam;
    }
    // So is the arch of a hem that is seen from above: low, and from corner to corner.
    const double gap = shape.gap->bottom - shape.gap->top;
    const double arch =
        ramp(gap / shape.height, 0.08, 0.05) * ramp(shape.gap->width / shape.hem_width, 0.5, 0.65);
    // A slit of a skirt is a notch, too, but a low one of something short, or wide at its hem;
    // waves of a hem are lower still. Legs of the shortest shorts part along a seventh of the
    // height.
    const double rise = (shape.height - gap) / shape.hip_width;
    const double parted =
        ramp(gap / shape.height, 0.05, 0.12) *
        std::max(ramp(rise, 1.00, 0.85), ramp(slim, 1.5, 1.9) * ramp(flare, 1.6, 1.3));
    return (1 - arch) * std::max(seam, parted);
}

/// 0..1: whether a front is closed by a zip or buttons, and sleeves are wide enough for others
/// below. Cuffs of a jacket: 0.33 of the chest; of shirts: up to 0.25.
double is_outerwear(const GarmentShape& shape, const UpperPart& upper) {
    if (upper.sleeves != Sleeves::kLong) {
        return 0;
    }
    return ramp(shape.middle_line, 1.10, 1.25) *
           ramp(upper.cuff / std::max(upper.chest, 1.0), 0.25, 0.30);
}

/// 0..1: whether two fronts hang apart, so that ground shows between them far above where legs
/// part.
double has_open_front(const GarmentShape& shape, const UpperPart& upper) {
    return shape.gap && upper.sleeves == Sleeves::kLong
               ? ramp((shape.gap->bottom - shape.gap->top) / shape.height, 0.55, 0.65)
               : 0;
}

/// Whether that is a thing with no torso and no waist: a pair of shoes that touch, a bag with its
/// handle, or what has no two sides that are alike.
bool is_no_garment(const GarmentShape& shape, const UpperPart& upper) {
    const bool two_things = shape.gap && shape.top_dip > 0.15 * shape.height && shape.middle < 0.4;
    const bool lopsided = upper.confidence < 0.1F && shape.symmetry < 0.7;
    return two_things || shape.handle || lopsided;
}

/// Length from the shoulders in meters, by two measures of the torso that hardly differ between
/// sizes: its width, and, of less weight where no sleeve shows it, the depth of the armholes.
double length_of(const UpperPart& upper, double bottom) {
    constexpr double kChestWidth = 0.36;  ///< as it hangs; laid flat it is up to 0.5
    constexpr double kArmhole = 0.21;
    const double length = bottom - upper.shoulders;
    const double by_chest = kChestWidth * length / std::max(upper.chest, 1.0);
    const double by_armhole = std::clamp(kArmhole * length / std::max(upper.armhole, 1.0),
                                         by_chest / 1.5, by_chest * 1.5);
    const double share = upper.sleeves == Sleeves::kNone ? 0.3 : 0.5;
    return (1 - share) * by_chest + share * by_armhole;
}

}  // namespace

KindGuess guess_kind(const GarmentShape& shape, const UpperPart& upper, double bottom) {
    const double slim = shape.height / shape.hip_width;
    const double legs = has_legs(shape, slim);
    // A dress without sleeves is level on top, too, but narrower at its waist.
    const double widens = ramp(shape.waisted, 0.90, 0.97);
    const double waistband = has_waistband(shape, upper);
    const double lower = waistband * std::max(legs, widens);
    // What is not waistband and rise is inseam.
    const double long_legs = ramp(slim - 0.62, 0.65, 0.95);

    const double gap_height = shape.gap ? (shape.gap->bottom - shape.gap->top) / shape.height : 0;
    const double length = length_of(upper, bottom);
    const double torso_legs = ramp(gap_height, 0.06, 0.12) * ramp(length, 0.52, 0.62) *
                              (1 - has_open_front(shape, upper));
    // A dress may be as short as a long top, but then it is wider at its hem.
    const double flare = upper.sleeves == Sleeves::kLong
                             ? 0
                             : std::clamp(shape.hem_width / shape.narrowest, 1.0, 2.0) - 1;
    // One without straps begins under the arms: what hangs below its waist tells. Peplums: 0.7.
    const double below_arms = 0.2 * waistband * (1 - widens);
    const double as_dress = std::max(ramp(length + 0.12 * flare + below_arms, 0.73, 0.82),
                                     (1 - widens) * ramp(shape.below_waist, 1.15, 1.45));
    const double outer = std::max(is_outerwear(shape, upper), has_open_front(shape, upper));
    const double torso = (1 - lower) * (1 - torso_legs);
    std::array<std::pair<GarmentKind, double>, 7> order{{
        {GarmentKind::kTrousers, lower * legs * long_legs},
        {GarmentKind::kShorts, lower * legs * (1 - long_legs)},
        {GarmentKind::kSkirt, lower * (1 - legs)},
        {GarmentKind::kJumpsuit, (1 - lower) * torso_legs},
        {GarmentKind::kOuterwear, torso * outer},
        {GarmentKind::kDress, torso * (1 - outer) * as_dress},
        {GarmentKind::kTop, torso * (1 - outer) * (1 - as_dress)},
    }};
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    KindGuess guess;
    guess.kind = order[0].first;
    guess.second = order[1].first;
    const double both = order[0].second + order[1].second;
    guess.confidence = static_cast<float>(both > 0 ? order[0].second / both : 0);
    guess.fits =
        is_no_garment(shape, upper) ? 0 : static_cast<float>(std::clamp(order[0].second, 0.0, 1.0));
    guess.open_front = has_open_front(shape, upper) > 0.5;
    return guess;
}

}  // namespace closet
