#include "warp/removal/limb_outline.h"

#include <cmath>

#include <doctest/doctest.h>

namespace {

using namespace closet::removal;

/// Forearm's skin that reaches so far to both sides of a line, which lies `aside` of the bone.
LimbOutline::Seen forearm(float aside, float half) {
    LimbOutline::Seen seen;
    for (double along = 0.9; along < 1.9; along += 0.02) {
        for (float across = -30; across <= 30; ++across) {
            seen.add(along, across,
                     std::abs(across - aside) <= half ? LimbOutline::Part::kSkin
                                                      : LimbOutline::Part::kGround);
        }
    }
    return seen;
}

TEST_CASE("a limb that a pose suddenly has beside itself is followed, its width stays") {
    constexpr double kUnit = 100;  // pixels
    constexpr float kShare = 0.1F;
    LimbOutline::Known known;
    const auto look = [&](float aside, float half) {
        LimbOutline outline(LimbKind::kArm, kUnit);
        LimbOutline::Seen seen = forearm(aside, half);
        outline.learn(seen, kShare, known);
        return outline;
    };
    for (int i = 0; i < 20; ++i) {
        look(0, 10);
    }
    LimbOutline outline;
    for (int i = 0; i < 6; ++i) {  // a quarter of a second
        outline = look(6, 10);
    }
    CHECK(outline.inside(1.3, 14) > 0.5F);
    CHECK(outline.inside(1.3, -9) < 0.5F);
    for (int i = 0; i < 6; ++i) {
        outline = look(6, 14);
    }
    CHECK(outline.inside(1.3, 20) < 0.5F);
    // When the fit has followed, what was added to it goes.
    for (int i = 0; i < 12; ++i) {
        outline = look(6, 10);
        CHECK(outline.inside(1.3, 18) < 0.5F);
    }
}

}  // namespace
