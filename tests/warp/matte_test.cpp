#include "warp/warp.h"

#include <cmath>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

static_assert(Stage<WarpWithMatte>);

PosedFrame turned(AvFrame image, std::vector<Pose> poses) {
    PosedFrame result;
    result.frame.image = std::move(image);
    result.frame.index = 7;
    result.frame.pts = 1234;
    result.frame.duration = 3;
    result.frame.time_base = {1, 60};
    result.frame.orientation = {90, true};
    result.poses = std::move(poses);
    return result;
}

MattedFrame run_with_matte(Warp& warp, PosedFrame input) {
    MattedFrame result;
    WarpWithMatte stage(warp);
    stage.process(std::move(input), [&](MattedFrame frame) {
        result = std::move(frame);
        return true;
    });
    REQUIRE(result.frame.image != nullptr);
    REQUIRE(result.matte.image != nullptr);
    return result;
}

cv::Mat plane_of(const AVFrame& frame, int plane) {
    const cv::Size bytes = plane_bytes(frame, plane);
    return {bytes, CV_8UC1, frame.data[plane], static_cast<std::size_t>(frame.linesize[plane])};
}

Patch patch_of(const cv::Rect& where, int alpha) {
    return {where, cv::Mat(where.size(), CV_8UC4, cv::Scalar(1, 2, 3, alpha))};
}

TEST_CASE("a matte takes the alpha of a patch and panes add up as light through them") {
    cv::Mat matte(40, 60, CV_8UC1, cv::Scalar(0));
    for (int alpha = 0; alpha < 256; ++alpha) {
        matte.setTo(0);
        add_to_matte(matte, patch_of({10, 4, 20, 10}, alpha));
        CHECK(matte.at<std::uint8_t>(5, 11) == alpha);
        CHECK(matte.at<std::uint8_t>(3, 11) == 0);
        CHECK(matte.at<std::uint8_t>(5, 30) == 0);
        add_to_matte(matte, patch_of({20, 4, 20, 10}, 100));
        CHECK(matte.at<std::uint8_t>(5, 35) == 100);
        const double both = 255.0 - (255.0 - alpha) * (255.0 - 100.0) / 255.0;
        CHECK(std::abs(matte.at<std::uint8_t>(5, 25) - both) < 0.501);
    }
}

TEST_CASE("a patch that reaches beyond the frame is cut off in the matte") {
    for (const cv::Point corner : {cv::Point(-6, -4), {50, 34}, {-100, 0}, {0, 100}, {-10, -10}}) {
        cv::Mat matte(40, 60, CV_8UC1, cv::Scalar(0));
        const cv::Rect where(corner, cv::Size(24, 18));
        add_to_matte(matte, patch_of(where, 255));
        CHECK(cv::countNonZero(matte) == (where & cv::Rect(0, 0, 60, 40)).area());
    }
}

TEST_CASE("the frame is as it was exactly where the matte is 0") {
    for (const bool skeleton : {false, true}) {
        Warp warp(shirt({100, 120}), {.opacity = 0.8F, .skeleton = skeleton});
        // Odd in both directions, and a colour that the garment does not have in any pixel.
        const AvFrame before = noise_frame(AV_PIX_FMT_YUV444P, {319, 239}, 1);
        for (int plane = 0; plane < 3; ++plane) {
            plane_of(*before, plane).setTo(plane == 0 ? 255 : 0);
        }
        const MattedFrame out = run_with_matte(warp, turned(reference(*before), {kPerson}));
        cv::Mat changed(239, 319, CV_8UC1, cv::Scalar(0));
        for (int plane = 0; plane < 3; ++plane) {
            changed |= plane_of(*before, plane) != plane_of(*out.frame.image, plane);
        }
        const cv::Mat matte = plane_of(*out.matte.image, 0);
        CHECK(cv::countNonZero(matte) > 1000);
        CHECK(cv::countNonZero(changed & (matte == 0)) == 0);
        CHECK(cv::countNonZero(~changed & (matte > 1)) == 0);  // an alpha of 1 may round away
        if (!skeleton) {
            double most = 0;
            cv::minMaxLoc(matte, nullptr, &most);
            CHECK(most == 204);  // 0.8 * 255
        }
    }
}

TEST_CASE("the matte is the alpha that the composite mixed with") {
    Warp warp(shirt({100, 120}), {.opacity = 0.7F});
    // Painted over black and over white, a pixel differs by 255 less its alpha.
    AvFrame black = noise_frame(AV_PIX_FMT_GRAY8, kSize, 1), white = reference(*black);
    REQUIRE(av_frame_make_writable(white.get()) == 0);
    plane_of(*black, 0).setTo(0);
    plane_of(*white, 0).setTo(255);
    const std::vector<Pose> people{kPerson, standing_pose({110, 90}, 50)};
    const MattedFrame on_black = run_with_matte(warp, turned(std::move(black), people));
    const MattedFrame on_white = run_with_matte(warp, turned(std::move(white), people));
    const cv::Mat matte = plane_of(*on_black.matte.image, 0);
    CHECK(cv::norm(matte, plane_of(*on_white.matte.image, 0), cv::NORM_INF) == 0);
    const cv::Mat mixed =
        255 - (plane_of(*on_white.frame.image, 0) - plane_of(*on_black.frame.image, 0));
    CHECK(cv::norm(matte, mixed, cv::NORM_INF) <= 2);  // each of two paintings rounds
}

TEST_CASE("a matte goes with its frame and an unpainted frame has an empty one") {
    Warp warp(shirt({100, 120}), {});
    for (const bool with_person : {false, true}) {
        AvFrame image = noise_frame(AV_PIX_FMT_YUV420P, {319, 239}, 1);
        image->sample_aspect_ratio = {4, 3};
        const std::uint8_t* pixels = image->data[0];
        const MattedFrame out = run_with_matte(
            warp,
            turned(std::move(image), with_person ? std::vector{kPerson} : std::vector<Pose>{}));
        CHECK(out.frame.image->data[0] == pixels);
        CHECK(out.matte.index == 7);
        CHECK(out.matte.pts == 1234);
        CHECK(out.matte.duration == 3);
        CHECK(out.matte.time_base.den == 60);
        CHECK(out.matte.orientation == Orientation{90, true});
        CHECK(out.matte.passthrough.empty());
        CHECK(out.matte.image->format == AV_PIX_FMT_GRAY8);
        CHECK(out.matte.image->color_range == AVCOL_RANGE_JPEG);
        CHECK(out.matte.image->sample_aspect_ratio.num == 4);
        CHECK(out.matte.width() == 319);
        CHECK(out.matte.height() == 239);
        CHECK((cv::countNonZero(plane_of(*out.matte.image, 0)) > 0) == with_person);
    }
}

TEST_CASE("the result is the same with and without a matte") {
    Warp warp(shirt({100, 120}), {});
    const AvFrame before = noise_frame(AV_PIX_FMT_YUV420P, kSize, 1);
    const MattedFrame with = run_with_matte(warp, turned(reference(*before), {kPerson}));
    const Frame without = warp.dress(turned(reference(*before), {kPerson}));
    for (int plane = 0; plane < 3; ++plane) {
        CHECK(cv::norm(plane_of(*with.frame.image, plane), plane_of(*without.image, plane),
                       cv::NORM_INF) == 0);
    }
}

}  // namespace
