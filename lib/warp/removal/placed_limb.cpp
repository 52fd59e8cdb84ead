#include "warp/removal/placed_limb.h"

#include <algorithm>
#include <array>

namespace closet::removal {
namespace {

/// Clothes hang on the skeleton, shoulder widths, the study's: farther ones are a chair's.
constexpr double kNearArm = 0.42, kNearLeg = 0.55;
constexpr double kPastEnd = 0.15;  ///< a cuff's, past the wrist

/// Along the limb, to tell where the new sleeve is: covered from the first share on, bare where it
/// is less by the second.
constexpr std::size_t kStations = 24;
constexpr float kSleeve = 0.75F, kSleeveRamp = 0.25F;

}  // namespace

PlacedLimb placed(const GridView& view, const BareLimb& limb, bool is_arm, float fade) {
    PlacedLimb result{
        limb, is_arm, limb.is_known() && fade > 0, fade, view.aside(limb.middle()), limb.box(), {},
        {},   {}};
    result.shape.create(result.part.size());
    result.is_near.create(result.part.size());
    const double reach = (is_arm ? kNearArm : kNearLeg) * view.unit;
    for (int y = 0; y < result.part.height; ++y) {
        for (int x = 0; x < result.part.width; ++x) {
            const BareLimb::Place place = limb.at(result.part.x + x, result.part.y + y);
            result.shape(y, x) = limb.inside(place);
            result.is_near(y, x) =
                static_cast<double>(place.distance) < reach &&
                        (place.along < 1.98F ||
                         static_cast<double>(place.distance) < kPastEnd * view.unit)
                    ? 255
                    : 1;
        }
    }
    std::array<int, kStations> all{}, covered{};
    const auto station = [](float along) {
        return std::min(static_cast<std::size_t>(along / 2 * kStations), kStations - 1);
    };
    for (int y = 0; y < result.part.height; ++y) {
        for (int x = 0; x < result.part.width; ++x) {
            if (result.shape(y, x) < 0.5F) {
                continue;
            }
            const int gx = result.part.x + x, gy = result.part.y + y;
            const BareLimb::Place place = limb.at(gx, gy);
            const double out =
                view.aside(cv::Point2d(gx, gy)) - view.aside(limb.on_bone(place.along));
            if (out * result.side > 0) {
                const std::size_t i = station(place.along);
                ++all[i];
                covered[i] += view.matte.at<std::uint8_t>(gy, gx) > 127 ? 1 : 0;
            }
        }
    }
    std::array<float, kStations> bare{};
    for (std::size_t i = 0; i < kStations; ++i) {
        const float share =
            static_cast<float>(covered[i]) / static_cast<float>(std::max(all[i], 1));
        bare[i] = std::clamp((kSleeve - share) / kSleeveRamp, 0.0F, 1.0F);
    }
    result.inside = result.shape.clone();
    for (int y = 0; y < result.part.height; ++y) {
        for (int x = 0; x < result.part.width; ++x) {
            if (result.shape(y, x) > 0) {
                const BareLimb::Place place = limb.at(result.part.x + x, result.part.y + y);
                result.inside(y, x) *= bare[station(place.along)];
            }
        }
    }
    return result;
}

}  // namespace closet::removal
