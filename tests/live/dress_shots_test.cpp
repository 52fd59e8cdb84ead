#include "live/dress_shots.h"

#include <cmath>

#include "support/doctest_with_torch.h"

#include "core/error.h"
#include "encode/stream/pictures.h"
#include "infer/fake_pose_model.h"
#include "live/live_run.h"

namespace closet::test {
namespace {

/// Black frames at times of the test's choice.
struct Stage {
    Wardrobe wardrobe{plain_warp()};
    std::vector<std::string> problems;
    DressShots dress{wardrobe,
                     {sheet("white", 255, true), "affine", false},
                     {},
                     [this](const std::string& text) { problems.push_back(text); }};
    cv::Size size{160, 120};

    cv::Size picture() const { return size; }
    void find(double seconds, int scene = 1, bool somebody = true) {
        LiveResult result;
        result.seconds = seconds;
        result.picture = picture();
        result.scene = scene;
        if (somebody) {
            Pose pose;
            pose.keypoints = figure(
                {.center = {0.5 * size.width, 0.6 * size.height}, .side = 0.9 * size.height});
            pose.box = enclosing_box(pose.keypoints);
            pose.score = 0.9F;
            pose.person_id = 0;
            result.poses.push_back(pose);
        }
        dress.observe(std::move(result));
    }
    DressShots::Dressed at(double seconds, int scene = 1, bool mirror = false) {
        Shot shot;
        AvFrame black = make_picture(AV_PIX_FMT_YUV420P, size.width, size.height);
        for (int plane = 0; plane < 3; ++plane) {
            const int rows = plane == 0 ? size.height : size.height / 2;
            std::memset(black->data[plane], plane == 0 ? 16 : 128,
                        static_cast<std::size_t>(rows * black->linesize[plane]));
        }
        shot.frame = make_frame(std::move(black), std::llround(seconds * 1e6));
        shot.scene = scene;
        return dress.dress(std::move(shot), mirror);
    }
};

TEST_SUITE("dress_shots") {
    TEST_CASE("nobody is dressed before the first result") {
        Stage stage;
        const auto dressed = stage.at(0);
        CHECK(dressed.poses.empty());
        CHECK(brightest(dressed.frame) < kDark);
    }

    TEST_CASE("a pose is measured on its own frame and predicted on those after it") {
        Stage stage;
        stage.find(0);
        CHECK(stage.at(0).poses.at(0).origin == PoseOrigin::kMeasured);
        CHECK(stage.at(0.03).poses.at(0).origin == PoseOrigin::kPredicted);
        CHECK(chest(stage.at(0.03).frame) > kWhite);
    }

    TEST_CASE("somebody who is lost is held and then fades") {
        Stage stage;
        stage.find(0);
        stage.find(0.1);
        stage.find(0.2, 1, false);
        CHECK(stage.at(0.25).poses.at(0).origin == PoseOrigin::kHeld);
        CHECK(chest(stage.at(0.25).frame) > kWhite);
        int last = 255, between = 0;
        for (double seconds = 0.25; seconds < 1.2; seconds += 0.03) {
            const int now = chest(stage.at(seconds).frame);
            CHECK(now <= last);
            between += now > kDark && now < kWhite ? 1 : 0;
            last = now;
        }
        CHECK(between > 3);
        CHECK(last < kDark);
        CHECK(stage.at(1.3).poses.empty());
    }

    TEST_CASE("a pose that stands still stays") {
        Stage stage;
        stage.find(0);
        for (int i = 1; i < 30; ++i) {
            LiveResult still;
            still.seconds = 0.1 * i;
            still.picture = stage.picture();
            still.scene = 1;
            still.still = true;
            stage.dress.observe(std::move(still));
        }
        CHECK(chest(stage.at(2.95).frame) > kWhite);
    }

    TEST_CASE("another scene starts with nobody and a late result of the old one is no help") {
        Stage stage;
        stage.find(0);
        CHECK(chest(stage.at(0.03, 1).frame) > kWhite);
        CHECK(chest(stage.at(0.06, 2).frame) < kDark);
        stage.find(0.05, 1);
        CHECK(chest(stage.at(0.09, 2).frame) < kDark);
        stage.find(0.1, 2);
        CHECK(chest(stage.at(0.12, 2).frame) > kWhite);
        CHECK(chest(stage.at(0.12, 1).frame) < kDark);  // a frame from before the cut
    }

    TEST_CASE("a picture of another size starts with nobody and is dressed again") {
        Stage stage;
        stage.find(0);
        CHECK(chest(stage.at(0.03).frame) > kWhite);
        stage.size = {96, 128};
        CHECK(brightest(stage.at(0.06).frame) < kDark);
        stage.find(0.1);
        const auto dressed = stage.at(0.12);
        CHECK(dressed.frame.width() == 96);
        CHECK(chest(dressed.frame) > kWhite);
    }

    TEST_CASE("a look is worn when it is ready and one that cannot be worn is told once") {
        Stage stage;
        const std::jthread thread([&](const std::stop_token& stop) { stage.wardrobe.work(stop); });
        stage.find(0);
        const Outfit gray{sheet("gray", 128, true), "affine", false};
        CHECK(eventually([&] {
            stage.dress.wear(gray);
            stage.at(0.03);
            return stage.dress.worn() == gray;
        }));
        CHECK(chest(stage.at(0.03).frame) < kWhite);
        const Outfit bad{sheet("bad", 0, false), "affine", false};
        CHECK(eventually([&] {
            stage.dress.wear(bad);
            stage.at(0.04);
            return !stage.problems.empty();
        }));
        for (int i = 0; i < 5; ++i) {
            stage.dress.wear(bad);
            stage.at(0.05);
        }
        CHECK(stage.problems.size() == 1);
        CHECK(stage.dress.worn() == gray);
    }

    TEST_CASE("the mirror swaps left and right") {
        Stage stage;
        stage.find(0);
        const auto plain = stage.at(0.02), mirrored = stage.at(0.02, 1, true);
        for (const double x : {0.1, 0.3, 0.5}) {
            CHECK(luma_at(plain.frame, x, 0.5) ==
                  doctest::Approx(luma_at(mirrored.frame, 1 - x - 1 / 160.0, 0.5)));
        }
    }
}

}  // namespace
}  // namespace closet::test
