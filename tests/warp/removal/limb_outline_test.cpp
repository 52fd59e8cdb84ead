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

TEST_CASE("a limb of which cloth hides an edge lies where its other edge is") {
    constexpr double kUnit = 100;
    const auto outline = [](float hidden_to) {
        LimbOutline::Seen seen;
        for (double along = 0.9; along < 1.95; along += 0.01) {
            for (float across = -30; across <= 30; ++across) {
                seen.add(along, across,
                         across > 2           ? LimbOutline::Part::kGround
                         : across > hidden_to ? LimbOutline::Part::kSkin
                         : across > -19       ? LimbOutline::Part::kOther
                         : hidden_to > -19    ? LimbOutline::Part::kOther
                                              : LimbOutline::Part::kGround);
            }
        }
        LimbOutline result(LimbKind::kArm, kUnit);
        LimbOutline::Known known;
        result.learn(seen, 1, known);
        return result;
    };
    // The bone is put on the arm's edge; most of the arm is hidden, or nothing of it.
    for (const float hidden_to : {-3.0F, -19.0F}) {
        CAPTURE(hidden_to);
        const LimbOutline arm = outline(hidden_to);
        CHECK(arm.inside(0.7, 6) == 0);
        CHECK(arm.inside(0.7, -15) == 1);
        CHECK(arm.inside(1.3, 5) == 0);
        CHECK(arm.inside(1.3, -15) == 1);
    }
}

}  // namespace
