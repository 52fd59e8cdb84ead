#include "infer/track/person_tracker.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include <doctest/doctest.h>

#include "infer/fake_pose_model.h"
#include "infer/track/examine.h"
#include "infer/track/pose_distance.h"

namespace closet {
namespace {

using test::FakePerson;
using test::FakePoseModel;

constexpr double kFrameS = 1.0 / 30.0;

/// Follows pictures first..end-1 in batches of `size`; `cuts` start scenes.
std::vector<std::optional<Tracked>> follow(PersonTracker& tracker, int first, int end, int size,
                                           const std::vector<int>& cuts = {}) {
    std::vector<std::optional<Tracked>> all;
    for (int start = first; start < end; start += size) {
        std::vector<cv::Mat> pictures;
        for (int i = start; i < std::min(end, start + size); ++i) {
            pictures.push_back(test::numbered_picture(i));
        }
        std::vector<TimedView> views;
        for (std::size_t i = 0; i < pictures.size(); ++i) {
            const int number = start + static_cast<int>(i);
            views.push_back({&pictures[i], number * kFrameS,
                             std::find(cuts.begin(), cuts.end(), number) != cuts.end()});
        }
        auto part = tracker.follow(views);
        std::move(part.begin(), part.end(), std::back_inserter(all));
    }
    return all;
}

/// Walks to the right by `speed` sides a second.
FakePoseModel::World walker(double speed) {
    return [speed](int i) {
        return FakePerson{.center = {100 + speed * 100 * i * kFrameS, 180}, .side = 100};
    };
}

std::size_t seen(const std::vector<std::optional<Tracked>>& tracked) {
    return static_cast<std::size_t>(
        std::count_if(tracked.begin(), tracked.end(), [](const auto& t) { return t.has_value(); }));
}

TEST_CASE("tracker: a walking person is seen in every view whatever the batch size") {
    for (const int size : {1, 5, 8, 12}) {
        CAPTURE(size);
        FakePoseModel model(walker(1.5));
        PersonTracker tracker(model, 0.5F);
        const auto tracked = follow(tracker, 0, 60, size);
        CHECK(seen(tracked) == 60);
        for (std::size_t i = 0; i < tracked.size(); ++i) {
            CHECK(tracked[i]->person_id == 0);
            CHECK(tracked[i]->estimate.region.center.x ==
                  doctest::Approx(100 + 150 * static_cast<double>(i) * kFrameS));
        }
        // The detector looks at the first batch only.
        CHECK(model.found == size);
    }
}

TEST_CASE("tracker: a batch does not lag behind the person") {
    FakePoseModel model(walker(2.0));
    PersonTracker tracker(model, 0.5F);
    follow(tracker, 0, 16, 8);
    model.regions.clear();
    follow(tracker, 16, 24, 8);
    REQUIRE(model.regions.size() >= 8);
    for (std::size_t i = 0; i < 8; ++i) {
        const auto view = static_cast<double>(i < 4 ? 2 * i + 1 : 2 * i - 8);  // in two halves
        const double truth = 100 + 200 * (16 + view) * kFrameS;
        CHECK(std::abs(model.regions[i].center.x - truth) < 2.5);
    }
}

TEST_CASE("tracker: a batch goes through the network in one call, a long one in two") {
    for (const auto& [size, calls] : {std::pair(2, 1), {8, 2}}) {
        CAPTURE(size);
        FakePoseModel model(walker(0.5));
        PersonTracker tracker(model, 0.5F);
        follow(tracker, 0, 8, 8);
        model.read_calls = model.readings = 0;
        follow(tracker, 8, 8 + size, size);
        CHECK(model.read_calls == calls);
        CHECK(model.readings == size);
    }
}

TEST_CASE("tracker: regions between views that were read need not be read again") {
    FakePoseModel model([](int i) {
        return FakePerson{.center = {100.0 + 0.5 * i * i, 180}, .side = 100};
    });
    PersonTracker tracker(model, 0.5F);
    follow(tracker, 0, 4, 4);
    const auto before = tracker.counts();
    model.regions.clear();
    CHECK(seen(follow(tracker, 4, 8, 4)) == 4);
    CHECK(tracker.counts().corrections - before.corrections == 2);
    REQUIRE(model.regions.size() >= 6);  // the second and the fourth view twice, then the others
    CHECK(model.regions[4].center.x == doctest::Approx((104.5 + 112.5) / 2));
    CHECK(model.regions[5].center.x == doctest::Approx((112.5 + 124.5) / 2));
}

TEST_CASE("tracker: views whose region was off are read again from their own keypoints") {
    // Stands still, then moves off at once and fast: the prediction cannot know.
    FakePoseModel model([](int i) {
        return FakePerson{.center = {200.0 + (i < 8 ? 0 : (i - 7) * 2.5), 180}, .side = 100};
    });
    PersonTracker tracker(model, 0.5F);
    follow(tracker, 0, 8, 8);
    model.regions.clear();
    const auto tracked = follow(tracker, 8, 16, 8);
    CHECK(seen(tracked) == 8);
    CHECK(tracker.counts().corrections > 0);
    REQUIRE(model.regions.size() > 8);
    CHECK(std::any_of(model.regions.begin(), model.regions.end(),
                      [](const Region& region) { return region.center.x == 220.0; }));
}

/// Moves off faster than any prediction, so that the region of each first look is off.
FakePoseModel::World runner() {
    return [](int i) { return FakePerson{.center = {100.0 + 1.5 * i * i, 180}, .side = 100}; };
}

TEST_CASE("tracker: only the look that a view keeps has a mask made") {
    FakePoseModel model(runner());
    PersonTracker tracker(model, 0.5F);
    const auto tracked = follow(tracker, 0, 10, 1);
    REQUIRE(seen(tracked) == 10);
    REQUIRE(tracker.counts().corrections > 0);
    CHECK(model.masks == seen(tracked));
    CHECK(std::all_of(tracked.begin(), tracked.end(),
                      [](const auto& person) { return !person->estimate.mask.empty(); }));
}

/// Sees people at the first look at a view only.
class ShyPoseModel final : public FakePoseModel {
  public:
    using FakePoseModel::FakePoseModel;
    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override {
        auto estimates = FakePoseModel::estimate(inputs);
        if (read_calls == hidden_call) {
            for (PoseEstimate& estimate : estimates) {
                estimate.presence = 0;
            }
        }
        return estimates;
    }
    int hidden_call = 0;
};

TEST_CASE("tracker: a first look that has to do gets the mask of its own region") {
    ShyPoseModel model(runner());
    PersonTracker tracker(model, 0.5F);
    follow(tracker, 0, 9, 1);
    model.regions.clear();
    model.hidden_call = model.read_calls + 2;
    const auto tracked = follow(tracker, 9, 10, 1);
    REQUIRE(tracked[0]);
    REQUIRE(model.regions.size() >= 3);
    REQUIRE(is_off(model.regions[0], tracked[0]->estimate.region));
    CHECK(!tracked[0]->estimate.mask.empty());
    CHECK(tracked[0]->estimate.mask_from_view == crop_from_view(model.regions[0], 8));
}

TEST_CASE("tracker: nobody in the picture costs one detection a view and gives nothing") {
    FakePoseModel model([](int) { return std::nullopt; });
    PersonTracker tracker(model, 0.5F);
    CHECK(seen(follow(tracker, 0, 12, 4)) == 0);
    CHECK(model.found == 12);
    CHECK(model.find_calls == 3);
    CHECK(model.readings == 0);
}

TEST_CASE("tracker: views before a lost person is found again are empty") {
    FakePoseModel model([](int i) {
        return i >= 10 && i < 14
                   ? std::nullopt
                   : std::optional(FakePerson{.center = {i < 10 ? 150.0 : 450.0, 180}});
    });
    PersonTracker tracker(model, 0.5F);
    const auto tracked = follow(tracker, 0, 24, 4);
    for (std::size_t i = 0; i < tracked.size(); ++i) {
        CAPTURE(i);
        CHECK(tracked[i].has_value() == (i < 10 || i >= 14));
    }
    CHECK(tracked[9]->person_id == 0);
    CHECK(tracked[14]->person_id == 1);  // too far away to be the same
    CHECK(tracked[23]->person_id == 1);
}

TEST_CASE("tracker: somebody found again at the same place soon after is the same person") {
    FakePoseModel model([](int i) {
        return i >= 10 && i < 13 ? std::nullopt : std::optional(FakePerson{.center = {150, 180}});
    });
    PersonTracker tracker(model, 0.5F);
    const auto tracked = follow(tracker, 0, 20, 4);
    CHECK_FALSE(tracked[11].has_value());
    CHECK(tracked[13]->person_id == 0);
}

TEST_CASE("tracker: the detector may find somebody else in the very view that lost the first one") {
    FakePoseModel model([](int i) {
        return FakePerson{.center = {i < 6 ? 150.0 : 450.0, 180}, .side = 90};
    });
    PersonTracker tracker(model, 0.5F);
    const auto tracked = follow(tracker, 0, 12, 4);
    CHECK(seen(tracked) == 12);
    CHECK(tracked[5]->person_id == 0);
    CHECK(tracked[6]->person_id == 1);
    CHECK(tracked[11]->person_id == 1);
}

TEST_CASE("tracker: a cut inside a batch starts again with the detector and a new person") {
    FakePoseModel model([](int i) {
        return FakePerson{.center = {i < 6 ? 150.0 : 450.0, 180}, .side = i < 6 ? 80.0 : 160.0};
    });
    PersonTracker tracker(model, 0.5F);
    const auto tracked = follow(tracker, 0, 12, 4, {0, 6});
    CHECK(seen(tracked) == 12);
    CHECK(tracked[5]->person_id == 0);
    CHECK(tracked[6]->person_id == 1);
    CHECK(model.found == 4 + 2);  // the first batch, then the views of the second after the cut
}

TEST_CASE("tracker: pictures that change their size start again") {
    FakePoseModel model([](int) { return FakePerson{.center = {150, 180}}; });
    PersonTracker tracker(model, 0.5F);
    follow(tracker, 0, 4, 4);
    const cv::Mat other = test::numbered_picture(4, {320, 240});
    const TimedView view{&other, 4 * kFrameS, false};
    CHECK(tracker.follow(std::span(&view, 1)).at(0).has_value());
    CHECK(model.found == 5);
}

TEST_CASE("tracker: a collapsed reading is replaced by another opinion") {
    FakePoseModel model([](int i) {
        return FakePerson{
            .center = {200, 180}, .side = 100, .exchanged = false, .collapsed = i == 10};
    });
    PersonTracker tracker(model, 0.5F);
    const auto tracked = follow(tracker, 0, 16, 4);
    REQUIRE(tracked[10].has_value());
    const auto truth = test::figure({.center = {200, 180}});
    CHECK(pose_distance(truth, tracked[10]->estimate.keypoints, Skeleton::kCoco17) < 0.01);
}

TEST_CASE("tracker: low presence counts as lost even where the detector sees somebody") {
    FakePoseModel model([](int) { return FakePerson{.center = {150, 180}}; });
    PersonTracker tracker(model, 0.99F);
    CHECK(seen(follow(tracker, 0, 4, 4)) == 0);
}

TEST_CASE("plausible: nobody has the face in the trunk, whichever way the body lies") {
    for (const double degrees : {0.0, 50.0, 180.0, 270.0}) {
        const double angle = degrees * std::numbers::pi / 180;
        const auto turned_figure = [&](double nose) {  // below the shoulders, in shares of the side
            PoseEstimate estimate;
            estimate.keypoints = test::figure({.center = {0, 0}, .side = 200});
            for (const std::size_t i : {0U, 1U, 2U, 3U, 4U}) {
                estimate.keypoints[i].y += static_cast<float>(200 * (nose + 0.09));
            }
            for (Keypoint& point : estimate.keypoints) {
                const cv::Point2d p(point.x, point.y);
                point.x = static_cast<float>(p.x * std::cos(angle) - p.y * std::sin(angle) + 300);
                point.y = static_cast<float>(p.x * std::sin(angle) + p.y * std::cos(angle) + 300);
            }
            estimate.region = {.center = {300, 300}, .side = 200, .rotation = 0};
            return estimate;
        };
        CAPTURE(degrees);
        CHECK(is_plausible(turned_figure(-0.09), Skeleton::kCoco17));
        CHECK(is_plausible(turned_figure(0), Skeleton::kCoco17));  // who looks down
        CHECK_FALSE(is_plausible(turned_figure(0.06), Skeleton::kCoco17));
        CHECK_FALSE(is_plausible(turned_figure(0.12), Skeleton::kCoco17));
    }
}

TEST_CASE("tracker: an impossible reading is replaced by a possible one or not believed") {
    for (const bool helps : {true, false}) {
        FakePoseModel model([](int) { return FakePerson{.center = {300, 180}, .side = 100}; });
        model.sinks_head = [helps](const Region& region) {
            return !helps || region.side < 120;  // read rightly in wider regions only
        };
        PersonTracker tracker(model, 0.5F);
        const auto tracked = follow(tracker, 0, 12, 4);
        CHECK(seen(tracked) == (helps ? 12 : 0));
        for (const auto& person : tracked) {
            CHECK((!person || is_plausible(person->estimate, Skeleton::kCoco17)));
        }
    }
}

TEST_CASE("plausible: figures are and collapsed or broken ones are not") {
    PoseEstimate estimate;
    estimate.region = {.center = {100, 100}, .side = 100, .rotation = 0};
    estimate.keypoints = test::figure({.center = {100, 100}});
    CHECK(is_plausible(estimate, Skeleton::kCoco17));
    PoseEstimate point = estimate;
    for (Keypoint& keypoint : point.keypoints) {
        keypoint.x = 100 + 0.05F * (keypoint.x - 100);
        keypoint.y = 100 + 0.05F * (keypoint.y - 100);
    }
    CHECK_FALSE(is_plausible(point, Skeleton::kCoco17));
    PoseEstimate broken = estimate;
    broken.keypoints[3].x = std::numeric_limits<float>::quiet_NaN();
    CHECK_FALSE(is_plausible(broken, Skeleton::kCoco17));
    PoseEstimate few = estimate;
    few.keypoints.pop_back();
    CHECK_FALSE(is_plausible(few, Skeleton::kCoco17));
}

}  // namespace
}  // namespace closet
