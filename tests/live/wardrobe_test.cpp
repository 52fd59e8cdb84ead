#include "live/dress_shots.h"

#include <thread>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "live/live_run.h"

namespace closet::test {
namespace {

/// A wardrobe with its thread.
struct Staffed {
    Wardrobe wardrobe{plain_warp()};
    std::jthread thread{[this](const std::stop_token& stop) { wardrobe.work(stop); }};

    std::optional<Wardrobe::Ready> wait() {
        std::optional<Wardrobe::Ready> ready;
        eventually([&] {
            ready = wardrobe.take();
            return ready.has_value();
        });
        return ready;
    }
};

TEST_SUITE("wardrobe") {
    TEST_CASE("a wish is there once as soon as it is ready") {
        Staffed staffed;
        const Outfit look{sheet("white", 255, true), "affine", true};
        CHECK(!staffed.wardrobe.take());
        staffed.wardrobe.wish(look);
        const auto ready = staffed.wait();
        REQUIRE(ready);
        CHECK(ready->look == look);
        CHECK(ready->warp);
        CHECK(ready->problem.empty());
        CHECK(!staffed.wardrobe.take());
    }

    TEST_CASE("what cannot be worn says why and the next wish is fine") {
        Staffed staffed;
        staffed.wardrobe.wish({sheet("bad", 0, false), "affine", false});
        const auto bad = staffed.wait();
        REQUIRE(bad);
        CHECK(!bad->warp);
        CHECK(bad->problem.find("shoulder") != std::string::npos);
        staffed.wardrobe.wish({nullptr, "affine", false});
        const auto nothing = staffed.wait();
        REQUIRE(nothing);
        CHECK(nothing->warp);
    }

    TEST_CASE("the last of many wishes is the one that stays") {
        Staffed staffed;
        const auto white = sheet("white", 255, true), gray = sheet("gray", 128, true);
        for (int i = 0; i < 50; ++i) {
            staffed.wardrobe.wish({i % 2 == 0 ? white : gray, "affine", false});
        }
        Outfit last;
        CHECK(eventually([&] {
            if (auto ready = staffed.wardrobe.take()) {
                last = ready->look;
            }
            return last.garments == closet::Ensemble(gray);
        }));
    }

    TEST_CASE("the thread ends in the middle of wishes") {
        Staffed staffed;
        staffed.wardrobe.wish({sheet("white", 255, true), "affine", false});
    }
}

}  // namespace
}  // namespace closet::test
