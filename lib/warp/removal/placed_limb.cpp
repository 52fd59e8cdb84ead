#include "warp/removal/placed_limb.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/curve.h"

namespace closet::removal {
namespace {

/// Clothes hang on the skeleton, shoulder widths, the study's: farther ones are a chair's.
constexpr double kNearArm = 0.42, kNearLeg = 0.55;
constexpr double kPastEnd = 0.15, kPastHidden = 0.25;  ///< a cuff's, past the wrist it hides

/// Along the limb, to tell where the new sleeve is: covered from the first share on, bare where it
/// is less by the second.
constexpr std::size_t kStations = 24;
constexpr float kSleeve = 0.75F, kSleeveRamp = 0.25F;
constexpr float kLongSleeve = 0.25F;    ///< of long ones: they go on
constexpr std::size_t kSlanted = 2;     ///< stations that a sleeve's end may slant over
constexpr double kBesideSleeve = 0.25;  ///< from the bone an arm may be seen, shoulder widths
constexpr double kShoulder = 0.5;       ///< along the limb: garments with sleeves cover it
/// Past the end of the own sleeve: there it may still hang, and no more; and the shares of skin
/// across the limb between which it is one that clothes hide in part.
constexpr double kOwnEnd = 0.15, kOwnEndRamp = 0.2;
constexpr double kOwnSeen = 0.5;  ///< how clearly it is seen, to be believed
constexpr double kHidden = 0.1, kVisible = 0.35;
/// Sines of the angle that a body is turned by, between which its farther arm comes to be behind
/// it; there it is seen where parsers call it an arm: of 255.
constexpr double kTurned = 0.6, kInProfile = 0.85;
constexpr double kNoArm = 40, kArm = 110;

/// Whether an arm is behind the body, 0..1: it is the farther one of somebody in profile.
double behind_body(const GridView& view, Side side) {
    const Facing& facing = view.wearer->pose.facing;
    const double to_right = std::sin(static_cast<double>(facing.yaw));
    const double farther = side == Side::kLeft ? to_right : -to_right;
    return static_cast<double>(facing.certainty) * smoothstep(kTurned, kInProfile, farther);
}

}  // namespace

bool PlacedLimb::is_behind_body(const GridView& view, int x, int y) const {
    return is_arm && own_end < 2 &&
           (static_cast<double>(limb.at(x, y).along) > own_end ||
            view.label(Label::kTorso, x, y) >
                view.label(Label::kUpperArm, x, y) + view.label(Label::kLowerArm, x, y));
}

PlacedLimb placed(const GridView& view, const BareLimb& limb, bool is_arm, Side side,
                  Sleeves sleeves, float fade) {
    PlacedLimb result{limb,
                      is_arm,
                      limb.is_known() && fade > 0,
                      fade,
                      view.aside(limb.middle()),
                      limb.box(),
                      {},
                      {},
                      {},
                      2,
                      cv::Mat1b(limb.box().size(), 0)};
    result.shape.create(result.part.size());
    result.is_near.create(result.part.size());
    const double reach = (is_arm ? kNearArm : kNearLeg) * view.unit;
    const double past_end = (limb.ends_in_cuff() ? kPastHidden : kPastEnd) * view.unit;
    for (int y = 0; y < result.part.height; ++y) {
        for (int x = 0; x < result.part.width; ++x) {
            const BareLimb::Place place = limb.at(result.part.x + x, result.part.y + y);
            result.shape(y, x) = limb.inside(place);
            result.is_near(y, x) =
                static_cast<double>(place.distance) < reach &&
                        (place.along < 1.98F || static_cast<double>(place.distance) < past_end)
                    ? 255
                    : 1;
        }
    }
    const bool has_sleeves = is_arm && sleeves != Sleeves::kNone;
    const float in_sleeve = is_arm && sleeves == Sleeves::kLong ? kLongSleeve : kSleeve;
    std::array<int, kStations> all{}, covered{}, whole{}, skin{};
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
            const std::size_t i = station(place.along);
            ++whole[i];
            skin[i] += view.is(Surface::kSkin, gx, gy) ? 1 : 0;
            const double out =
                view.aside(cv::Point2d(gx, gy)) - view.aside(limb.on_bone(place.along));
            if (out * result.side > 0) {
                ++all[i];
                covered[i] += view.matte.at<std::uint8_t>(gy, gx) > 127 ? 1 : 0;
            }
        }
    }
    double own_end = 2, own_seen = 0;
    if (const auto& own = view.wearer->own) {
        const auto i = static_cast<std::size_t>(side);
        own_end = is_arm ? own->sleeve_end[i] : own->leg_end[i];
        own_seen = is_arm ? own->sleeve_seen[i] : own->leg_seen[i];
        result.own_end = own_seen > kOwnSeen ? own_end + kOwnEnd : 2;
    }
    std::array<float, kStations> bare{};
    std::size_t sleeve_from = 0;  // above it the shoulder is in the sleeve as well
    for (std::size_t i = kStations; i-- > 0;) {
        const float share =
            static_cast<float>(covered[i]) / static_cast<float>(std::max(all[i], 1));
        const double along = 2 * (static_cast<double>(i) + 0.5) / kStations;
        const double seen =
            smoothstep(kHidden, kVisible, static_cast<double>(skin[i]) / std::max(whole[i], 1));
        const double past = smoothstep(0, kOwnEndRamp, along - own_end - kOwnEnd) * (1 - seen);
        bare[i] = std::clamp((in_sleeve - share) / kSleeveRamp, 0.0F, 1.0F) *
                  static_cast<float>(1 - own_seen * past);
        if (has_sleeves && along < kShoulder && share > kSleeve) {
            sleeve_from = i;
        }
    }
    std::fill_n(bare.begin(), sleeve_from, 0.0F);
    // A hem lies between two stations: legs that the own clothes hid beyond it begin above it, or
    // ground would show between.
    const double hidden_to = own_seen > kOwnSeen ? own_end - kOwnEnd : 2;
    for (std::size_t i = kStations - 1; !is_arm && i-- > 0;) {
        if (bare[i] < bare[i + 1]) {
            const bool is_hidden = static_cast<double>(i + 1) < hidden_to / 2 * kStations;
            bare[i] = is_hidden ? bare[i + 1] : bare[i];
            break;
        }
    }
    std::array<bool, kStations> is_sleeved{};
    for (std::size_t i = 0; has_sleeves && i + kSlanted < kStations; ++i) {
        is_sleeved[i] = std::all_of(&bare[i], &bare[i + kSlanted] + 1,
                                    [](float share) { return share == 0.0F; });
    }
    const double hidden = is_arm ? behind_body(view, side) : 0;
    result.inside = result.shape.clone();
    for (int y = 0; y < result.part.height; ++y) {
        for (int x = 0; x < result.part.width; ++x) {
            const BareLimb::Place place = limb.at(result.part.x + x, result.part.y + y);
            result.inside(y, x) *= bare[station(place.along)];
            if (hidden > 0) {
                const int gx = result.part.x + x, gy = result.part.y + y;
                const int called = view.label(Label::kUpperArm, gx, gy) +
                                   view.label(Label::kLowerArm, gx, gy) +
                                   view.label(Label::kHand, gx, gy);
                result.inside(y, x) *=
                    static_cast<float>(1 - hidden * (1 - smoothstep(kNoArm, kArm, called)));
            }
            if (is_sleeved[station(place.along)] &&
                static_cast<double>(place.distance) < kBesideSleeve * view.unit) {
                result.sleeved(y, x) = 255;
            }
        }
    }
    return result;
}

}  // namespace closet::removal
