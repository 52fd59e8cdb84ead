#include <limits>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "core/color.h"
#include "core/error.h"
#include "warp/occlusion/contact_shadow.h"
#include "warp/occlusion/drawn_person.h"
#include "warp/occlusion/scene_light.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Rect kInside(140, 110, 40, 40);

Patch shaded(const Pose& pose, float strength, cv::Rect where = kInside) {
    Patch patch = sheet(where);
    ContactShadow().add(patch, pose, {320, 240}, strength);
    return {patch.where, patch.rgba.clone()};
}

/// A person who fills the frame.
Pose everywhere() {
    Pose pose = DrawnPerson{}.pose();
    pose.mask = std::make_shared<PersonMask>(
        PersonMask{cv::Mat(240, 320, CV_8UC1, cv::Scalar(255)), {1, 0, 0, 0, 1, 0}});
    return pose;
}

TEST_CASE("a shadow surrounds the garment and is stronger below") {
    const Patch patch = shaded(everywhere(), 0.5F);
    CHECK(align_to_chroma(patch.where) == patch.where);
    CHECK((patch.where & kInside) == kInside);
    CHECK(alpha_at(patch, 160, 130) == 255);
    CHECK(alpha_at(patch, 160, 150) > alpha_at(patch, 160, 109));
    CHECK(alpha_at(patch, 160, 109) > 0);
    CHECK(std::abs(alpha_at(patch, 139, 130) - alpha_at(patch, 180, 130)) <= 2);
    for (int y = patch.where.y; y < patch.where.br().y; ++y) {
        for (int x = patch.where.x; x < patch.where.br().x; ++x) {
            const auto& p = patch.rgba.at<cv::Vec4b>(y - patch.where.y, x - patch.where.x);
            if (kInside.contains({x, y})) {
                CHECK(p == cv::Vec4b(200, 30, 30, 255));
            } else {
                CHECK(p[3] <= 128);
                CHECK((p[3] == 0 || (p[0] == 0 && p[1] == 0 && p[2] == 0)));
            }
        }
    }
    // The outermost pixels are free (patch.h).
    for (int x = patch.where.x; x < patch.where.br().x; ++x) {
        CHECK(alpha_at(patch, x, patch.where.y) == 0);
        CHECK(alpha_at(patch, x, patch.where.br().y - 1) == 0);
    }
}

TEST_CASE("the shadow lies on the person at any size of the person") {
    // From 100 pixels of a shoulder width on it is made at quarter size, from 240 at an eighth.
    for (const double zoom : {1.0, 2.0, 3.0, 5.0}) {
        Pose pose = DrawnPerson{}.pose();
        for (Keypoint& point : pose.keypoints) {
            point.x *= static_cast<float>(zoom);
            point.y *= static_cast<float>(zoom);
        }
        // The person ends to the right of the garment's middle.
        const double end = 160 * zoom;
        cv::Mat half(240, 320, CV_8UC1, cv::Scalar(0));
        half(cv::Rect(0, 0, 160, 240)).setTo(255);
        pose.mask =
            std::make_shared<PersonMask>(PersonMask{half, {1 / zoom, 0, 0, 0, 1 / zoom, 0}});
        const cv::Size size(static_cast<int>(320 * zoom), static_cast<int>(240 * zoom));
        const cv::Rect where = align_to_chroma(
            {cv::Point(cv::Point2d(140, 110) * zoom), cv::Point(cv::Point2d(180, 150) * zoom)});
        Patch patch = sheet(where);
        ContactShadow().add(patch, pose, size, 0.5F);
        const auto under = [&](double x) {
            return alpha_at(patch, static_cast<int>(x), where.br().y + 1);
        };
        CAPTURE(zoom);
        CHECK(under(end - 8 * zoom) > 20);
        CHECK(under(end + 8 * zoom) == 0);
    }
}

TEST_CASE("the shadow is the same where it is made smaller") {
    // Shoulders of 239 and 241 pixels: at a quarter and at an eighth of the size.
    std::vector<cv::Mat> shadows;
    for (const double unit : {239.0, 241.0}) {
        const double zoom = unit / DrawnPerson::kUnit;
        Pose pose = DrawnPerson{}.pose();
        for (Keypoint& point : pose.keypoints) {
            point.x *= static_cast<float>(zoom);
            point.y *= static_cast<float>(zoom);
        }
        pose.mask = std::make_shared<PersonMask>(
            PersonMask{cv::Mat(960, 1280, CV_8UC1, cv::Scalar(255)), {1, 0, 0, 0, 1, 0}});
        Patch patch = sheet({400, 400, 300, 200});
        ContactShadow().add(patch, pose, {1280, 960}, 0.5F);
        cv::Mat alpha, whole(960, 1280, CV_8UC1, cv::Scalar(0));
        cv::extractChannel(patch.rgba, alpha, 3);
        alpha.copyTo(whole(patch.where));
        shadows.push_back(whole);
    }
    CHECK(shadows[0].at<std::uint8_t>(604, 550) > 30);
    CHECK(cv::norm(shadows[0], shadows[1], cv::NORM_INF) <= 10);  // of 128; 3.6 by default
}

TEST_CASE("the shadow is the same where it is known which pixels are seen") {
    for (const double zoom : {1.0, 1.5, 3.5}) {  // at half, a quarter and an eighth of the size
        CAPTURE(zoom);
        Pose pose = DrawnPerson{}.pose();
        for (Keypoint& point : pose.keypoints) {
            point.x *= static_cast<float>(zoom);
            point.y *= static_cast<float>(zoom);
        }
        pose.mask = std::make_shared<PersonMask>(
            PersonMask{cv::Mat(960, 1280, CV_8UC1, cv::Scalar(255)), {1, 0, 0, 0, 1, 0}});
        pose.mask->probability.colRange(600, 1280).setTo(0);
        // A disk in a patch that has room for its shadow.
        Patch known{{330, 350, 340, 320}, cv::Mat(320, 340, CV_8UC4, cv::Scalar::all(0))};
        cv::circle(known.rgba, {170, 150}, 90, {200, 30, 30, 255}, cv::FILLED, cv::LINE_AA);
        Patch unknown{known.where, known.rgba.clone()};
        for (int y = 0; y < known.rgba.rows; ++y) {
            known.seen.push_back(pixel_row::visible(known.rgba.ptr(y), 340));
        }
        ContactShadow().add(known, pose, {1280, 960}, 0.5F);
        ContactShadow().add(unknown, pose, {1280, 960}, 0.5F);
        CHECK(same_patch(known, unknown));
        CHECK(unknown.seen.empty());
        REQUIRE(known.seen.size() == static_cast<std::size_t>(known.rgba.rows));
        int shaded = 0;
        for (int y = 0; y < known.rgba.rows; ++y) {
            const pixel_row::Span all = pixel_row::visible(known.rgba.ptr(y), 340);
            const pixel_row::Span& seen = known.seen[static_cast<std::size_t>(y)];
            CHECK((all.empty() || (seen.begin <= all.begin && all.end <= seen.end)));
            shaded += all.empty() ? 0 : 1;
        }
        CHECK(shaded > 182);
    }
}

TEST_CASE("the shadow lies on the person only and fades with the garment") {
    const DrawnPerson person;  // torso from x = 118 to 201, y = 84 to 193
    const Patch patch = shaded(person.pose(), 0.5F, {100, 170, 60, 22});
    CHECK(alpha_at(patch, 150, 193) > 20);
    CHECK(alpha_at(patch, 108, 193) == 0);
    CHECK(alpha_at(patch, 150, 197) == 0);

    Patch clear = sheet(kInside, {200, 30, 30, 0});
    ContactShadow().add(clear, everywhere(), {320, 240}, 0.5F);
    cv::Mat alpha;
    cv::extractChannel(clear.rgba, alpha, 3);
    CHECK(cv::countNonZero(alpha) == 0);

    Pose no_mask = everywhere();
    no_mask.mask = nullptr;
    CHECK(same_patch(shaded(no_mask, 0.5F), sheet(kInside)));
    CHECK(same_patch(shaded(everywhere(), 0.0F), sheet(kInside)));
}

TEST_CASE("a half transparent garment keeps its color over the shadow's share") {
    Patch patch = sheet(kInside, {200, 100, 50, 128});
    ContactShadow().add(patch, everywhere(), {{320, 240}}, 1.0F);
    const auto& p = patch.rgba.at<cv::Vec4b>(130 - patch.where.y, 160 - patch.where.x);
    // Alpha .5 over a shadow of .5 x 1: .75 in all, and 2/3 of the color.
    CHECK(std::abs(p[3] - 191) <= 2);
    CHECK(std::abs(p[0] - 134) <= 3);
    CHECK(std::abs(p[1] - 67) <= 3);
}

TEST_CASE("shadows end at the frame and take nothing from beside the patch") {
    const cv::Rect corner(0, 200, 60, 40);
    const Patch patch = shaded(everywhere(), 0.5F, corner);
    CHECK(patch.where.x == 0);
    CHECK(patch.where.br().y == 240);
    CHECK(alpha_at(patch, 0, 239) == 255);

    cv::Mat canvas(60, 60, CV_8UC4, cv::Scalar::all(255));  // a warp's own, larger and unclean
    canvas({10, 10, 40, 40}).setTo(cv::Scalar(200, 30, 30, 255));
    Patch part{kInside, canvas({10, 10, 40, 40})};
    ContactShadow().add(part, everywhere(), {320, 240}, 0.5F);
    CHECK(same_patch({part.where, part.rgba}, shaded(everywhere(), 0.5F)));
}

TEST_CASE("shadows of absurd poses are survived") {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), 1e30F, 60000.0F}) {
        for (std::size_t i = 0; i < kJointCount; ++i) {
            Pose pose = everywhere();
            pose.keypoints[i].x = bad;
            const Patch patch = shaded(pose, 0.5F);
            CHECK((patch.where & cv::Rect(0, 0, 320, 240)) == patch.where);
        }
    }
}

AvFrame plain_frame(cv::Scalar rgb, AVPixelFormat format = AV_PIX_FMT_RGB24) {
    AvFrame frame = noise_frame(format, {160, 120}, 1);
    Composite().paint(*frame, sheet({0, 0, 160, 120}, {rgb[0], rgb[1], rgb[2], 255}));
    return frame;
}

TEST_CASE("gains follow the light within their limits") {
    const LightGains neutral = measure_light(*plain_frame({235, 235, 235}));
    for (const float gain : neutral) {
        CHECK(gain == doctest::Approx(1.0F).epsilon(0.005));
    }
    const LightGains warm = measure_light(*plain_frame({240, 232, 220}));
    CHECK(warm[0] > warm[1]);
    CHECK(warm[1] > warm[2]);
    for (const cv::Scalar& rgb : {cv::Scalar(210, 210, 210), cv::Scalar(255, 255, 255),
                                  cv::Scalar(255, 200, 190), cv::Scalar(190, 210, 255)}) {
        for (const float gain : measure_light(*plain_frame(rgb))) {
            CHECK(gain >= SceneLight::kLeast);
            CHECK(gain <= SceneLight::kMost);
        }
    }
    // Something colored is not a light: all channels alike.
    const LightGains red = measure_light(*plain_frame({220, 30, 20}));
    CHECK(red[0] == doctest::Approx(red[2]).epsilon(0.01));
}

TEST_CASE("a garment is no brighter than the brightest of a dark scene, and dims without a jump") {
    float before = -1.0F;
    for (int level = 0; level <= 255; level += 5) {
        CAPTURE(level);
        const double value = level;
        const LightGains gains = measure_light(*plain_frame({value, value, value}));
        if (level <= 165) {
            CHECK(255 * gains[0] <= value + 1);
        }
        if (level <= 165 || level >= 205) {
            CHECK(255 * gains[0] >= 0.98 * std::min(value, 230.0));  // and no darker than needed
        }
        CHECK(gains[0] >= before - 0.001F);
        CHECK((before < 0 || gains[0] - before < 0.05F));
        before = gains[0];
    }
    // The brightest hundredth counts: a lamp in the dark does, a spark does not.
    const auto with_spot = [](int side) {
        AvFrame frame = plain_frame({30, 30, 30});
        Composite().paint(*frame, sheet({20, 20, side, side}, {240, 240, 240, 255}));
        return measure_light(*frame)[0];
    };
    CHECK(with_spot(6) < 0.15F);
    CHECK(with_spot(40) >= SceneLight::kLeast);
}

TEST_CASE("a fade takes the garment with it at once") {
    const AvFrame bright = plain_frame({235, 235, 235});
    const AvFrame black = plain_frame({0, 0, 0});
    SceneLight light;
    light.update(*bright, 0.0, true);
    for (int i = 1; i <= 25; ++i) {
        light.update(*black, i / 25.0, false);
    }
    CHECK(light.update(*black, 1.04, false)[0] < 0.01F);
    LightGains gains{};
    for (int i = 27; i <= 52; ++i) {
        gains = light.update(*bright, i / 25.0, false);
    }
    CHECK(gains[0] > SceneLight::kLeast);
}

TEST_CASE("every pixel format tells the same light") {
    const cv::Scalar rgb(220, 214, 206);
    const LightGains reference = measure_light(*plain_frame(rgb));
    for (const AVPixelFormat format : paintable_formats()) {
        CAPTURE(name_of(format));
        const LightGains gains = measure_light(*plain_frame(rgb, format));
        for (std::size_t c = 0; c < 3; ++c) {
            // Gray frames have no color.
            const double tolerance = is_gray(format) ? 0.03 : 0.006;
            CHECK(std::abs(gains[c] - reference[c]) < tolerance);
        }
    }
    const LightGains strange = measure_light(*noise_frame(AV_PIX_FMT_YUV410P, {64, 64}, 1));
    CHECK(strange == LightGains{1.0F, 1.0F, 1.0F});
}

TEST_CASE("the light changes slowly and starts anew with a scene") {
    const AvFrame bright = plain_frame({235, 235, 235});
    const AvFrame dark = plain_frame({206, 206, 206});
    SceneLight light;
    const LightGains first = light.update(*bright, 0.0, true);
    CHECK(light.update(*bright, 0.04, false) == first);
    const LightGains next = light.update(*dark, 0.08, false);
    CHECK(next[0] < first[0]);
    CHECK(next[0] > first[0] - 0.003F);
    CHECK(light.update(*dark, 0.12, true) == measure_light(*dark));
    CHECK(light.update(*bright, std::nan(""), false) == first);
    CHECK(light.update(*dark, 0.0, false) == measure_light(*dark));
}

TEST_CASE("gains scale colors and leave alpha") {
    cv::Mat rgba(3, 5, CV_8UC4, cv::Scalar(200, 100, 250, 77));
    apply_light(rgba, {0.9F, 1.0F, 1.1F});
    for (const cv::Vec4b& p : cv::Mat4b(rgba)) {
        CHECK(p == cv::Vec4b(180, 100, 255, 77));
    }
}

TEST_CASE("the stage changes nothing beyond the garment and its shadow") {
    const DrawnPerson person{.wrist_z = -60, .strand = true};
    const auto garment = shirt({100, 120});
    const AvFrame before = person.frame(AV_PIX_FMT_RGB24);
    AvFrame copy = reference(*before);
    REQUIRE(av_frame_make_writable(copy.get()) == 0);
    Warp warp(garment, {.warp = "affine"});
    Frame input;
    input.image = std::move(copy);
    const Frame after = warp.dress({std::move(input), {person.pose()}});
    const auto patch = make_warp("affine", garment)->warp(person.pose(), {person.size});
    REQUIRE(patch.has_value());
    constexpr int kMargin = 8;  // of 60 pixels' shoulders: .095 x 60 + 2
    const cv::Rect changed(patch->where.x - kMargin, patch->where.y - kMargin,
                           patch->where.width + 2 * kMargin, patch->where.height + 2 * kMargin);
    int different = 0;
    for (int y = 0; y < person.size.height; ++y) {
        for (int x = 0; x < person.size.width; ++x) {
            const auto at = [&](const AVFrame& frame) {
                return frame.data[0] + std::ptrdiff_t{y} * frame.linesize[0] + 3 * x;
            };
            const bool same = std::equal(at(*before), at(*before) + 3, at(*after.image));
            different += same ? 0 : 1;
            CHECK((same || changed.contains({x, y})));
        }
    }
    CHECK(different > 1000);
    const auto* wrist = after.image->data[0] + std::ptrdiff_t{135} * after.image->linesize[0];
    CHECK(wrist[3 * 165] == 210);  // skin
    CHECK_THROWS_AS(Warp(garment, {.shadow = 1.5F}), ConfigError);
    CHECK_THROWS_AS(Warp(garment, {.shadow = std::nanf("")}), ConfigError);
}

}  // namespace
