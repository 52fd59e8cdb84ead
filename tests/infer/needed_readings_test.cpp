#include "infer/track/needed_readings.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include <doctest/doctest.h>

#include "infer/fake_pose_model.h"
#include "infer/track/person_tracker.h"

namespace closet {
namespace {

using test::FakePerson;
using test::FakePoseModel;
using Outcome = NeededReadings::Outcome;

constexpr double kStepS = 0.05;
constexpr int kStepsToWide = 4;

/// Twenty views a second, every fourth one at a wide step, in batches of four.
struct Stream {
    explicit Stream(FakePoseModel::World world) : model(std::move(world)), tracker(model, 0.5F) {}

    /// `scene_start`: before the first of these views lies a cut.
    std::vector<NeededReadings::Result> read(const std::vector<cv::Mat>& pictures,
                                             bool scene_start = false) {
        std::vector<TimedView> views;
        std::vector<KeyNeed> needs;
        for (const cv::Mat& picture : pictures) {
            const bool starts = needs.empty() && (scene_start || next == 0);
            views.push_back({&picture, next * kStepS, starts});
            needs.push_back(starts                     ? KeyNeed::kAlways
                            : next % kStepsToWide == 0 ? KeyNeed::kUnlessStill
                                                       : KeyNeed::kIfNeeded);
            ++next;
        }
        return needed.read(views, needs, tracker.examiner(), false,
                           [this](std::span<const TimedView> some) {
                               std::vector<std::vector<Tracked>> people;
                               for (auto& person : tracker.follow(some)) {
                                   people.emplace_back();
                                   if (person) {
                                       people.back().push_back(std::move(*person));
                                   }
                               }
                               return people;
                           });
    }

    /// Reads numbered pictures up to this one, a wide step at a time.
    std::vector<NeededReadings::Result> read_to(int last) {
        std::vector<NeededReadings::Result> all = read({changing(0)});
        while (next <= last) {
            std::vector<cv::Mat> pictures;
            for (int i = 0; i < kStepsToWide; ++i) {
                pictures.push_back(changing(next + i));
            }
            auto some = read(pictures);
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    }

    /// A numbered picture whose brightness differs from that of the one before.
    static cv::Mat changing(int number) {
        cv::Mat picture = test::numbered_picture(number);
        picture(cv::Rect(8, 8, 600, 340)).setTo(cv::Scalar::all(number % 2 == 0 ? 60 : 90));
        return picture;
    }

    FakePoseModel model;
    PersonTracker tracker;
    NeededReadings needed;
    int next = 0;
};

/// Views that were read from `first` on.
std::vector<int> read_views(const std::vector<NeededReadings::Result>& results, int first) {
    std::vector<int> read;
    for (int i = first; i < static_cast<int>(results.size()); ++i) {
        if (results[static_cast<std::size_t>(i)].outcome == Outcome::kRead) {
            read.push_back(i);
        }
    }
    return read;
}

TEST_CASE("needed readings: of somebody who moves evenly only wide steps are read") {
    Stream stream([](int i) { return FakePerson{.center = {150.0 + 4 * i, 180}}; });
    const auto results = stream.read_to(32);
    CHECK(read_views(results, 5) == std::vector<int>{8, 12, 16, 20, 24, 28, 32});
    CHECK(results[20].people.size() == 1);
    CHECK(results[20].people[0].person_id == 0);
}

TEST_CASE("needed readings: a step that comes as a surprise is read in between, and found there") {
    // Stands until view 16, is 6 pixels (a quarter of the trunk's length) to the right from 18 on.
    Stream stream([](int i) {
        return FakePerson{.center = {300.0 + (i < 17 ? 0 : i < 18 ? 3 : 6), 180}};
    });
    const auto results = stream.read_to(28);
    CHECK(results[18].outcome == Outcome::kRead);
    CHECK(results[17].outcome == Outcome::kRead);
    REQUIRE(results[18].people.size() == 1);
    CHECK(results[18].people[0].estimate.region.center.x == doctest::Approx(306));
    CHECK(results[10].outcome == Outcome::kSkipped);
}

TEST_CASE("needed readings: where nothing moves one view a second is read") {
    Stream stream([](int) { return FakePerson{.center = {300, 180}}; });
    const std::vector<cv::Mat> same(kStepsToWide, test::numbered_picture(1));
    auto results = stream.read({same[0]});
    while (stream.next < 100) {
        auto some = stream.read(same);
        results.insert(results.end(), some.begin(), some.end());
    }
    const auto read = read_views(results, 8);
    CHECK(read.size() >= 4);
    CHECK(read.size() <= 5);
    CHECK(results[12].outcome == Outcome::kSame);
    CHECK(results[13].outcome == Outcome::kSkipped);
    // Somebody who moves is noticed at once, although the second is not over.
    std::vector<cv::Mat> moved = same;
    moved.back() = Stream::changing(3);
    CHECK(stream.read(moved).back().outcome == Outcome::kRead);
}

TEST_CASE("needed readings: what moves far from the person is not looked at, near her it is") {
    Stream stream([](int) { return FakePerson{.center = {300, 180}}; });
    const cv::Mat still = test::numbered_picture(1);
    stream.read({still});
    stream.read({still, still, still, still});
    cv::Mat far = still.clone();
    far(cv::Rect(600, 300, 32, 32)).setTo(cv::Scalar::all(255));
    CHECK(stream.read({far, far, far, far}).back().outcome == Outcome::kSame);
    cv::Mat near = still.clone();
    near(cv::Rect(304, 176, 8, 8)).setTo(cv::Scalar::all(8));
    CHECK(stream.read({near, near, near, near}).back().outcome == Outcome::kRead);
}

TEST_CASE("needed readings: who goes is followed to where it happens") {
    Stream stream([](int i) {
        return i < 18 ? std::optional(FakePerson{.center = {300, 180}}) : std::nullopt;
    });
    const auto results = stream.read_to(24);
    CHECK(results[17].people.size() == 1);
    CHECK(results[18].people.empty());
    CHECK(results[20].people.empty());
}

TEST_CASE("needed readings: views before somebody appears are key frames without people") {
    // So that inference can look back through all of them.
    Stream stream([](int i) {
        return i >= 10 ? std::optional(FakePerson{.center = {300, 180}}) : std::nullopt;
    });
    const auto results = stream.read_to(16);
    for (const std::size_t i : {9U, 10U, 11U}) {
        CHECK(results[i].outcome == Outcome::kRead);
        CHECK(results[i].people.empty());
    }
    CHECK(results[12].people.size() == 1);
}

TEST_CASE("needed readings: nothing is carried over a cut") {
    Stream stream([](int) { return FakePerson{.center = {300, 180}}; });
    const cv::Mat still = test::numbered_picture(1);
    stream.read({still});
    stream.read({still, still, still, still});
    const auto after = stream.read({still, still, still, still}, true);
    CHECK(after[0].outcome == Outcome::kRead);
}

}  // namespace
}  // namespace closet
