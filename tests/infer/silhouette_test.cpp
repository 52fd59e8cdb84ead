// Masks of pose models that give none: who is looked at, and what the networks say.
#include "infer/parse/silhouette.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/picture_geometry.h"
#include "fake_parser.h"
#include "fake_pose_model.h"
#include "infer/pose_models.h"
#include "infer/reference.h"
#include "support/doctest_with_torch.h"
#include "support/environment.h"
#include "support/temporary_folder.h"

using namespace closet;

TEST_CASE("silhouette: who is found gets a mask over the box around the keypoints") {
    const test::FakePerson person{.center = {300, 180}, .side = 120};
    auto network = std::make_unique<test::FakeParser>("fake", std::vector{Label::kPerson});
    const std::vector<cv::Rect>& looks = network->regions;
    const auto model =
        with_silhouettes(std::make_unique<test::FakePoseModel>([&](int picture) {
                             return picture == 1 ? std::optional(person) : std::nullopt;
                         }),
                         std::move(network));
    const cv::Mat with = test::numbered_picture(1), without = test::numbered_picture(2);
    const Region near{.center = {302, 181}, .side = 122, .rotation = 0};
    const auto estimates = model->estimate(std::vector<PoseInput>{
        {.picture = &with, .region = near}, {.picture = &without, .region = near}});
    REQUIRE(looks.size() == 1);
    CHECK(looks[0].contains(cv::Point(300, 180)));
    REQUIRE(estimates[0].mask.size() == cv::Size(kLabelPoints, kLabelPoints));
    const cv::Point2d middle =
        apply(estimates[0].mask_from_view,
              {looks[0].x + looks[0].width / 2.0 - 0.5, looks[0].y + looks[0].height / 2.0 - 0.5});
    CHECK(middle.x == doctest::Approx(kLabelPoints / 2.0 - 0.5));
    CHECK(middle.y == doctest::Approx(kLabelPoints / 2.0 - 0.5));
}

TEST_CASE("silhouette: who is to be looked at again needs no mask yet") {
    auto network = std::make_unique<test::FakeParser>("fake", std::vector{Label::kPerson});
    const std::vector<cv::Rect>& looks = network->regions;
    const auto model = with_silhouettes(
        std::make_unique<test::FakePoseModel>([](int) {
            return std::optional(test::FakePerson{.center = {300, 180}, .side = 120});
        }),
        std::move(network));
    const cv::Mat picture = test::numbered_picture(1);
    const Region far{.center = {310, 180}, .side = 200, .rotation = 0};
    auto estimates = model->estimate(
        std::vector<PoseInput>{{.picture = &picture, .region = far, .mask = MaskNeed::kUnlessOff}});
    CHECK(estimates[0].mask_left_out);
    CHECK(looks.empty());
    estimates = model->estimate(std::vector<PoseInput>{{.picture = &picture, .region = far}});
    CHECK_FALSE(estimates[0].mask.empty());
}

TEST_CASE("silhouette: names are checked, and what is missing says how to get it") {
    for (const char* const name : {"auto", "none", "bodypix", "deeplabv3plus", "some/file.pth"}) {
        CHECK_NOTHROW(check_silhouette(name));
    }
    CHECK_THROWS_WITH_AS(check_silhouette("deeplab"), doctest::Contains("deeplabv3plus-resnet101"),
                         ConfigError);
    CHECK_THROWS_AS(check_silhouette(""), ConfigError);
    const test::TemporaryFolder empty;
    const test::Variable here("CLOSET_MODELS", empty.path().string());
    WorkerPool workers(0);
    InferOptions options;
    options.masks = true;
    const auto fake = [] {
        return std::make_unique<test::FakePoseModel>([](int) { return std::nullopt; });
    };
    const auto check_unchanged = [&] {
        auto model = fake();
        const PoseModel* const before = model.get();
        CHECK(with_silhouettes(std::move(model), options, workers).get() == before);
    };
    check_unchanged();
    options.silhouette = "deeplabv3plus-resnet101";
    CHECK_THROWS_WITH_AS(with_silhouettes(fake(), options, workers),
                         doctest::Contains("best_deeplabv3plus_resnet101_voc_os16.pth"),
                         ModelError);
    options.silhouette = "bodypix";
    CHECK_THROWS_WITH_AS(with_silhouettes(fake(), options, workers),
                         doctest::Contains("closet models fetch"), ModelError);
    options.masks = false;
    check_unchanged();
}

TEST_CASE("silhouette: DeepLabV3+ runs from its published layout") {
    const auto file = test::shared_file(
        "fixtures/zoo-segmentation/deeplabv3plus_mobilenet_small_published_legacy.pth");
    const auto picture = test::reference_picture("media/people/person_00055.jpg");
    if (!file || !picture) {
        return;
    }
    WorkerPool workers(0);
    InferOptions options;
    options.masks = true;
    options.silhouette = file->string();
    const auto model = with_silhouettes(
        std::make_unique<test::FakePoseModel>([](int) {
            return std::optional(test::FakePerson{.center = {380, 500}, .side = 700});
        }),
        options, workers);
    const auto estimates = model->estimate(std::vector<PoseInput>{
        {.picture = &*picture, .region = {.center = {380, 500}, .side = 700, .rotation = 0}}});
    // Its weights follow from a formula, so the mask means nothing but is one.
    CHECK(estimates[0].mask.size() == cv::Size(kLabelPoints, kLabelPoints));
    double least = 0, most = 0;
    cv::minMaxLoc(estimates[0].mask, &least, &most);
    CHECK(most > least);
}
