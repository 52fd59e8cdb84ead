#include "infer/track/examine.h"

#include <vector>

#include <doctest/doctest.h>

#include "infer/fake_pose_model.h"
#include "infer/track/pose_distance.h"

namespace closet {
namespace {

using test::FakePerson;

std::optional<PoseEstimate> agree(const std::vector<FakePerson>& people) {
    std::vector<PoseEstimate> estimates;
    for (const FakePerson& person : people) {
        estimates.emplace_back().keypoints = test::figure(person);
    }
    std::vector<const PoseEstimate*> pointers;
    for (const PoseEstimate& estimate : estimates) {
        pointers.push_back(&estimate);
    }
    return consensus(pointers, Skeleton::kCoco17);
}

bool is(const std::optional<PoseEstimate>& agreed, const FakePerson& person) {
    return agreed &&
           pose_distance(agreed->keypoints, test::figure(person), Skeleton::kCoco17) < 1e-6;
}

const FakePerson kRight{.center = {100, 100}};
const FakePerson kExchanged{.center = {100, 100}, .exchanged = true};
const FakePerson kCollapsed{.center = {100, 100}, .collapsed = true};

TEST_CASE("consensus: the majority wins over collapsed readings") {
    CHECK(is(agree({kCollapsed, kRight, kRight, kCollapsed, kRight}), kRight));
    CHECK(is(agree({kRight}), kRight));
}

TEST_CASE("consensus: left is where most readings have it") {
    CHECK(is(agree({kExchanged, kRight, kRight, kExchanged, kRight}), kRight));
    CHECK(is(agree({kRight, kExchanged, kExchanged}), kExchanged));
}

TEST_CASE("consensus: readings that contradict each other give nothing") {
    const FakePerson elsewhere{.center = {160, 100}};
    const FakePerson below{.center = {100, 160}};
    CHECK_FALSE(agree({kRight, elsewhere, below}));
    CHECK_FALSE(agree({kRight, elsewhere}));
    CHECK_FALSE(agree({}));
}

TEST_CASE("consensus: other regions are near and all different") {
    const Region region{.center = {100, 100}, .side = 50, .rotation = 0.3};
    for (const Region& other : other_regions(region)) {
        const RegionDifference off = difference(region, other);
        CHECK(off.shift + off.zoom + off.turn > 0.01);
        CHECK(off.shift < 0.05);
        CHECK(off.zoom < 0.1);
        CHECK(off.turn < 0.11);
    }
}

}  // namespace
}  // namespace closet
