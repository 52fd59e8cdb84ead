#include "warp/old_clothes/old_clothes.h"

#include <limits>

#include <doctest/doctest.h>

#include "core/color.h"
#include "warp/old_clothes/drawn_wearer.h"

namespace {

using namespace closet;
using namespace closet::test;

/// An opaque garment within a transparent rim, as warps give it.
Patch garment() {
    const cv::Rect where(DrawnWearer::kGarment.tl() - cv::Point(10, 10),
                         DrawnWearer::kGarment.size() + cv::Size(20, 20));
    Patch patch = sheet(where, {0, 0, 0, 0});
    patch.rgba({10, 10, DrawnWearer::kGarment.width, DrawnWearer::kGarment.height})
        .setTo(cv::Scalar(200, 30, 30, 255));
    return patch;
}

Patch covered(OldClothes& stage, const DrawnWearer& wearer, const Pose& pose,
              AVPixelFormat format = AV_PIX_FMT_YUV420P, const OldClothes::Options& options = {}) {
    Patch patch = garment();
    stage.cover(patch, pose, *wearer.frame(format), options);
    return patch;
}

Patch covered(const DrawnWearer& wearer, AVPixelFormat format = AV_PIX_FMT_YUV420P,
              const OldClothes::Options& options = {}) {
    OldClothes stage;
    stage.begin_frame(0, true);
    return covered(stage, wearer, wearer.pose(), format, options);
}

TEST_CASE("a longer and wider shirt disappears in every pixel format with color") {
    const DrawnWearer wearer;
    const int before = wearer.shirt_left(garment());
    REQUIRE(before > 5000);
    for (const AVPixelFormat format : paintable_formats()) {
        if (is_gray(format)) {
            continue;
        }
        CAPTURE(name_of(format));
        const Patch patch = covered(wearer, format);
        CHECK(wearer.shirt_left(patch) < before / 10);
        CHECK(patch.where.x % 2 == 0);
        CHECK(patch.where.width % 2 == 0);
        CHECK(patch.rgba.size() == patch.where.size());
    }
}

TEST_CASE("what covers the shirt is the garment") {
    const Patch patch = covered(DrawnWearer{});
    const auto pixel = patch.rgba.at<cv::Vec4b>(385 - patch.where.y, 240 - patch.where.x);
    CHECK(pixel == cv::Vec4b(200, 30, 30, 255));
}

TEST_CASE("skin and trousers and ground stay apart from a rim") {
    const DrawnWearer wearer;
    // Three pixels along sides and hem: reaches go on for .02 shoulder widths.
    CHECK(wearer.others_covered(covered(wearer)) < 3 * (2 * 230 + 2 * 82));
}

TEST_CASE("a shirt that the garment covers changes nothing") {
    DrawnWearer wearer;
    wearer.hem = 362;
    wearer.half_width = 68;
    CHECK(same_patch(covered(wearer), garment()));
}

TEST_CASE("a bare chest changes nothing") {
    DrawnWearer wearer;
    wearer.shirt = wearer.skin;
    CHECK(same_patch(covered(wearer), garment()));
}

TEST_CASE("a shirt far longer than the garment is left below it") {
    DrawnWearer wearer;
    wearer.hem = 480;
    wearer.half_width = 68;
    CHECK(same_patch(covered(wearer), garment()));
}

TEST_CASE("a dress tells no hem") {
    DrawnWearer wearer;
    wearer.trousers = wearer.shirt;
    wearer.half_width = 68;
    CHECK(same_patch(covered(wearer), garment()));
}

TEST_CASE("a tucked garment is not lengthened but widened") {
    const DrawnWearer wearer;
    const Patch patch = covered(wearer, AV_PIX_FMT_YUV420P, {.lengthen = false});
    const auto is_painted = [&](int x, int y) {
        return patch.where.contains({x, y}) && alpha_at(patch, x, y) > 128;
    };
    CHECK_FALSE(is_painted(240, 376));
    CHECK(is_painted(240 - 78, 300));
}

TEST_CASE("without mask or face or in another format nothing changes") {
    const DrawnWearer wearer;
    OldClothes stage;
    stage.begin_frame(0, true);
    Pose pose = wearer.pose();
    pose.mask = nullptr;
    CHECK(same_patch(covered(stage, wearer, pose), garment()));
    pose = wearer.pose();
    for (const Joint joint :
         {Joint::kNose, Joint::kLeftEye, Joint::kRightEye, Joint::kLeftEar, Joint::kRightEar}) {
        pose.at(joint).score = 0;
    }
    CHECK(same_patch(covered(stage, wearer, pose), garment()));
    Patch patch = garment();
    stage.cover(patch, wearer.pose(), *noise_frame(AV_PIX_FMT_YUV411P, wearer.size, 1), {});
    CHECK(same_patch(patch, garment()));
}

TEST_CASE("two runs give the same patches") {
    const DrawnWearer wearer;
    std::vector<Patch> first;
    for (int run = 0; run < 2; ++run) {
        OldClothes stage;
        for (std::size_t i = 0; i < 4; ++i) {
            DrawnWearer moved = wearer;
            moved.hem += static_cast<int>(2 * i);
            stage.begin_frame(0.04 * static_cast<double>(i), false);
            const Patch patch = covered(stage, moved, moved.pose());
            if (run == 0) {
                first.push_back({patch.where, patch.rgba.clone()});
            } else {
                CHECK(same_patch(patch, first[i]));
            }
        }
    }
}

TEST_CASE("a hem follows slowly within a scene and at once in the next") {
    const DrawnWearer wearer;
    DrawnWearer covered_shirt = wearer;
    covered_shirt.hem = 362;
    OldClothes stage;
    stage.begin_frame(0, true);
    covered(stage, covered_shirt, covered_shirt.pose());
    stage.begin_frame(0.04, false);
    const Patch soon = covered(stage, wearer, wearer.pose());
    stage.begin_frame(0.08, true);
    const Patch next_scene = covered(stage, wearer, wearer.pose());
    CHECK(wearer.shirt_left(soon) > 2 * wearer.shirt_left(next_scene));
    CHECK(same_patch(next_scene, covered(wearer)));
    // Times that go backwards begin anew as well.
    stage.begin_frame(0.01, false);
    CHECK(same_patch(covered(stage, wearer, wearer.pose()), next_scene));
}

TEST_CASE("hostile poses and masks do no harm") {
    const DrawnWearer wearer;
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    for (const float value :
         {kNan, std::numeric_limits<float>::infinity(), 1e30F, -1e9F, 6e4F, -6e4F, 0.0F}) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(kJointCount); ++i) {
            OldClothes stage;
            stage.begin_frame(value, false);
            Pose pose = wearer.pose();
            pose.keypoints[i].x = value;
            pose.keypoints[(i + 3) % kJointCount].y = value;
            const Patch patch = covered(stage, wearer, pose);
            CHECK(patch.rgba.size() == patch.where.size());
        }
    }
    Pose pose = wearer.pose();
    for (const double value : {0.0, 1e300, -1e9}) {
        auto mask = std::make_shared<PersonMask>(*pose.mask);
        mask->mask_from_shown = {value, value, value, value, value, value};
        Pose strange = pose;
        strange.mask = mask;
        OldClothes stage;
        stage.begin_frame(0, true);
        CHECK(covered(stage, wearer, strange).rgba.data != nullptr);
    }
}

TEST_CASE("patches beside the frame and empty ones do no harm") {
    const DrawnWearer wearer;
    OldClothes stage;
    for (const cv::Rect where : {cv::Rect(-2000, 0, 100, 100), cv::Rect(470, 630, 20, 20),
                                 cv::Rect(0, 0, 0, 0), cv::Rect(100, 100, 2, 2)}) {
        stage.begin_frame(0, true);
        Patch patch = sheet(where);
        stage.cover(patch, wearer.pose(), *wearer.frame(AV_PIX_FMT_YUV420P), {});
        CHECK(patch.rgba.size() == patch.where.size());
    }
}

}  // namespace
