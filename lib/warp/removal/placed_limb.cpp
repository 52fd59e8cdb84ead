#include "warp/removal/placed_limb.h"

namespace closet::removal {
namespace {

/// Clothes hang on the skeleton, shoulder widths, the study's: farther ones are a chair's.
constexpr double kNearArm = 0.42, kNearLeg = 0.55;
constexpr double kPastEnd = 0.15;  ///< a cuff's, past the wrist

}  // namespace

PlacedLimb placed(const GridView& view, const BareLimb& limb, bool is_arm) {
    PlacedLimb result{limb, is_arm, limb.is_known(), view.aside(limb.middle()), limb.box(), {}, {}};
    result.inside.create(result.part.size());
    result.is_near.create(result.part.size());
    const double reach = (is_arm ? kNearArm : kNearLeg) * view.unit;
    for (int y = 0; y < result.part.height; ++y) {
        for (int x = 0; x < result.part.width; ++x) {
            const BareLimb::Place place = limb.at(result.part.x + x, result.part.y + y);
            result.inside(y, x) = limb.inside(place);
            result.is_near(y, x) =
                static_cast<double>(place.distance) < reach &&
                        (place.along < 1.98F ||
                         static_cast<double>(place.distance) < kPastEnd * view.unit)
                    ? 255
                    : 1;
        }
    }
    return result;
}

}  // namespace closet::removal
