#include "infer/track/far_search.h"

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "infer/fake_pose_model.h"
#include "infer/track/person_tracker.h"

namespace closet {
namespace {

/// Sees a bright upright bar that is at least a third as high as the picture it looks at, and reads
/// it wherever it is.
class BarModel : public PoseModel {
  public:
    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    float least_presence() const override { return 0.5F; }
    Region region_of_box(const Box&, cv::Size) const override { return {}; }

    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override {
        std::vector<std::vector<Region>> result;
        for (const cv::Mat& picture : pictures) {
            ++(picture.isSubmatrix() ? tiles : wholes);
            result.emplace_back();
            const cv::Rect bar = bar_in(picture);
            if (3 * bar.height >= picture.rows) {
                result.back().push_back(region_of(bar));
            }
        }
        return result;
    }

    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override {
        std::vector<PoseEstimate> result;
        for (const PoseInput& input : inputs) {
            const cv::Rect bar = bar_in(*input.picture);
            PoseEstimate& estimate = result.emplace_back();
            estimate.region = bar.empty() ? input.region : region_of(bar);
            estimate.presence = bar.empty() ? 0.1F : presence;
            estimate.keypoints =
                test::figure({.center = estimate.region.center, .side = estimate.region.side});
        }
        return result;
    }

    int wholes = 0, tiles = 0;
    float presence = 0.95F;

  private:
    static cv::Rect bar_in(const cv::Mat& picture) {
        cv::Mat bright;
        cv::extractChannel(picture, bright, 0);
        return cv::boundingRect(bright);
    }
    static Region region_of(const cv::Rect& bar) {
        return {.center = {bar.x + bar.width / 2.0, bar.y + bar.height / 2.0},
                .side = 1.25 * bar.height,
                .rotation = 0};
    }
};

cv::Mat with_bar(cv::Size size, cv::Point2d middle, double height) {
    cv::Mat picture(size, CV_8UC3, cv::Scalar::all(0));
    const cv::Size bar(cvRound(0.4 * height), cvRound(height));
    picture(cv::Rect(cv::Point(middle) - cv::Point(bar.width / 2, bar.height / 2), bar) &
            cv::Rect({0, 0}, size))
        .setTo(255);
    return picture;
}

/// In how many of the pictures, a tenth of a second apart, somebody is seen.
int seen(PersonTracker& tracker, const std::vector<cv::Mat>& pictures, int first = 0) {
    int count = 0;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const TimedView view{&pictures[i], (first + static_cast<int>(i)) * 0.1, false};
        count += tracker.follow(std::span(&view, 1)).front() ? 1 : 0;
    }
    return count;
}

TEST_CASE("far search: people too small for the detector are found anywhere in any picture") {
    for (const cv::Size size : {cv::Size(640, 360), cv::Size(360, 640), cv::Size(400, 400)}) {
        const double low = std::min(size.width, size.height);
        for (const double share : {0.19, 0.22, 0.3}) {
            const double height = share * low;
            for (const double x : {0.0, 0.21, 0.5, 0.68, 1.0}) {
                for (const double y : {0.0, 0.37, 0.5, 0.81, 1.0}) {
                    const cv::Point2d at(0.2 * height + x * (size.width - 0.4 * height),
                                         height / 2 + y * (size.height - height));
                    BarModel model;
                    PersonTracker tracker(model, 0.5F);
                    CAPTURE(size.width);
                    CAPTURE(share);
                    CAPTURE(x);
                    CAPTURE(y);
                    const std::vector<cv::Mat> pictures(3, with_bar(size, at, height));
                    CHECK(seen(tracker, pictures) == 3);
                    CHECK(model.wholes == 1);  // followed from there
                }
            }
        }
    }
}

TEST_CASE("far search: where nobody is it costs less and less") {
    BarModel model;
    PersonTracker tracker(model, 0.5F);
    const std::vector<cv::Mat> nobody(600, cv::Mat(360, 640, CV_8UC3, cv::Scalar::all(0)));
    const int tiles = static_cast<int>(FarSearch::tiles({640, 360}).size());
    CHECK(seen(tracker, nobody) == 0);
    CHECK(model.wholes == 600);
    CHECK(model.tiles == 6 * tiles);  // at 0, 2, 8, 24, 40 and 56 s
    CHECK(tiles <= 20);
    // Somebody who comes is found in the next search.
    const std::vector<cv::Mat> somebody(200, with_bar({640, 360}, {300, 200}, 80));
    CHECK(seen(tracker, somebody, 600) >= 60);
}

TEST_CASE("far search: people near by cost nothing, and what is hardly a person is none") {
    BarModel model;
    PersonTracker tracker(model, 0.5F);
    const std::vector<cv::Mat> near(20, with_bar({640, 360}, {300, 180}, 200));
    CHECK(seen(tracker, near) == 20);
    CHECK(model.tiles == 0);
    BarModel unsure;
    unsure.presence = 0.7F;
    PersonTracker doubting(unsure, 0.5F);
    CHECK(seen(doubting, std::vector<cv::Mat>(20, with_bar({640, 360}, {300, 180}, 80))) == 0);
    CHECK(unsure.tiles > 0);
}

TEST_CASE("far search: who gets lost is looked for nearby, at once") {
    BarModel model;
    PersonTracker tracker(model, 0.5F);
    const int tiles = static_cast<int>(FarSearch::tiles({640, 360}).size());
    const std::vector<cv::Mat> somebody(3, with_bar({640, 360}, {300, 180}, 80));
    CHECK(seen(tracker, somebody) == 3);
    model.presence = 0.1F;
    CHECK(seen(tracker, somebody, 3) == 0);
    model.presence = 0.95F;
    CHECK(seen(tracker, somebody, 6) == 3);
    CHECK(model.tiles <= tiles + 4);
    // Where there is nobody any more that comes to an end.
    const std::vector<cv::Mat> nobody(600, cv::Mat(360, 640, CV_8UC3, cv::Scalar::all(0)));
    CHECK(seen(tracker, nobody, 9) == 0);
    CHECK(model.tiles <= 8 * tiles + 4 + 20);
}

TEST_CASE("far search: scenes that change all the time are not searched all the time") {
    BarModel model;
    PersonTracker tracker(model, 0.5F);
    const cv::Mat nobody(360, 640, CV_8UC3, cv::Scalar::all(0));
    for (int i = 0; i < 100; ++i) {
        const TimedView view{&nobody, i * 0.1, true};
        tracker.follow(std::span(&view, 1));
    }
    CHECK(model.tiles <= 11 * static_cast<int>(FarSearch::tiles({640, 360}).size()));
}

}  // namespace
}  // namespace closet
