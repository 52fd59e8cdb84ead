#include "infer/track/examine.h"

#include <optional>
#include <span>
#include <utility>
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
    return consensus(estimates, Skeleton::kCoco17);
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

/// What a review makes of a jump into `second`, and how often the network was asked for it.
std::pair<std::optional<PoseEstimate>, std::int64_t> review_of(const FakePerson& first,
                                                               const FakePerson& second) {
    test::FakePoseModel model([&](int picture) { return picture == 0 ? first : second; });
    Examiner examiner(model, 0.5F);
    const cv::Mat pictures[]{test::numbered_picture(0), test::numbered_picture(1)};
    const TimedView views[]{{&pictures[0], 0.0, true}, {&pictures[1], 0.05, false}};
    auto found = examiner.examine(views, {{.view = 0, .region = {first.center, first.side, 0}},
                                          {.view = 1, .region = {second.center, second.side, 0}}});
    REQUIRE(found[0]);
    REQUIRE(found[1]);
    const LastSeen before{found[0]->region, found[0]->keypoints, -0.05};
    Tracklet tracklet(&before, 2);
    tracklet.estimates = std::move(found);
    examiner.review(views, std::span(&tracklet, 1));
    CHECK(is(tracklet.estimates[0], first));
    CHECK_FALSE(tracklet.unsure[1]);
    // The outline is that of the first reading: no other one is paid for.
    CHECK(model.masks == 2);
    CHECK_FALSE(tracklet.estimates[1]->mask.empty());
    CHECK_FALSE(tracklet.estimates[1]->mask_left_out);
    return {tracklet.estimates[1], examiner.counts().retries};
}

TEST_CASE("review: two opinions are enough where they say the same") {
    const FakePerson jumped{.center = {120, 100}};
    const auto [estimate, asked] = review_of(kRight, jumped);
    CHECK(is(estimate, jumped));
    CHECK(asked == 2);
}

TEST_CASE("review: where opinions differ two more are asked for") {
    const FakePerson collapsed{.center = {120, 100}, .collapsed = true};
    const auto [estimate, asked] = review_of(kRight, collapsed);
    CHECK(is(estimate, {.center = {120, 100}}));
    CHECK(asked == kRetries);
}

TEST_CASE("review: what is no jump is not looked at again") {
    const auto [estimate, asked] = review_of(kRight, {.center = {101, 100}});
    CHECK(is(estimate, {.center = {101, 100}}));
    CHECK(asked == 0);
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
