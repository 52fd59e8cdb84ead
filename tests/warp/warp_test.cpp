#include "warp/warp.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/frame_packer.h"
#include "warp/occlusion/protect_face.h"
#include "warp/paint/skeleton_overlay.h"
#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

static_assert(Stage<Warp>);
static_assert(Stage<WarpWithMatte>);

PosedFrame posed(AvFrame image, std::vector<Pose> poses) {
    PosedFrame result;
    result.frame.image = std::move(image);
    result.frame.index = 7;
    result.frame.pts = 1234;
    result.poses = std::move(poses);
    return result;
}

Frame run(Warp& warp, PosedFrame input) {
    Frame result;
    warp.process(std::move(input), [&](Frame frame) {
        result = std::move(frame);
        return true;
    });
    REQUIRE(result.image != nullptr);
    return result;
}

AvFrame deep_copy(const AVFrame& frame) {
    AvFrame copy = reference(frame);
    REQUIRE(av_frame_make_writable(copy.get()) == 0);
    return copy;
}

std::uint8_t alpha_at(const Patch& patch, double x, double y) {
    return patch.rgba.at<cv::Vec4b>(static_cast<int>(y) - patch.where.y,
                                    static_cast<int>(x) - patch.where.x)[3];
}

TEST_CASE("a packed frame is painted as the same frame in pixels") {
    const AvFrame picture = noise_frame(AV_PIX_FMT_YUV420P, kSize, 1);
    for (const bool with_pose : {false, true}) {
        Frame painted[2];
        for (const bool packed : {false, true}) {
            Warp warp(shirt({100, 120}), {});
            PosedFrame input =
                posed(reference(*picture), with_pose ? std::vector{kPerson} : std::vector<Pose>());
            if (packed) {
                FramePacker().pack(input.frame);
                REQUIRE_FALSE(input.frame.packed.empty());
            }
            painted[packed ? 1 : 0] = run(warp, std::move(input));
        }
        CHECK(same_pixels(*painted[0].image, *painted[1].image));
        CHECK(same_pixels(*painted[0].image, *picture) != with_pose);
    }
}

TEST_CASE("frames without a wearer pass untouched and uncopied") {
    Warp warp(shirt({100, 120}), {.skeleton = true});
    Pose unsure = kPerson;
    unsure.at(Joint::kLeftShoulder).score = 0.1F;
    for (const bool with_pose : {false, true}) {
        if (with_pose) {
            warp = Warp(shirt({100, 120}), {});
        }
        const AvFrame decoder_keeps = noise_frame(AV_PIX_FMT_YUV420P, kSize, 1);
        const std::uint8_t* pixels = decoder_keeps->data[0];
        const Frame out = run(warp, posed(reference(*decoder_keeps),
                                          with_pose ? std::vector{unsure} : std::vector<Pose>{}));
        CHECK(out.image->data[0] == pixels);
        CHECK(out.index == 7);
        CHECK(out.pts == 1234);
    }
    CHECK(warp.dressed_frames() == 0);
}

TEST_CASE("a frame that others hold too is copied before it is painted") {
    Warp warp(shirt({100, 120}), {});
    for (const AVPixelFormat format : paintable_formats()) {
        CAPTURE(name_of(format));
        const AvFrame shared = noise_frame(format, {319, 239}, 1);
        shared->pts = 99;
        shared->color_range = AVCOL_RANGE_JPEG;
        const AvFrame before = deep_copy(*shared);
        const Frame out = run(warp, posed(reference(*shared), {kPerson}));
        CHECK(same_pixels(*shared, *before));
        CHECK_FALSE(same_pixels(*out.image, *before));
        CHECK(out.image->pts == 99);
        CHECK(out.image->color_range == AVCOL_RANGE_JPEG);
        CHECK(av_frame_is_writable(out.image.get()));
    }
}

TEST_CASE("a frame that nobody else holds is painted in place") {
    Warp warp(shirt({100, 120}), {});
    AvFrame own = noise_frame(AV_PIX_FMT_YUV420P, kSize, 1);
    const std::uint8_t* pixels = own->data[0];
    const Frame out = run(warp, posed(std::move(own), {kPerson}));
    CHECK(out.image->data[0] == pixels);
    CHECK(warp.dressed_frames() == 1);
    CHECK(warp.garments_painted() == 1);
}

TEST_CASE("copies of changing sizes keep their pixels") {
    WritableFrames writable;
    for (const cv::Size size :
         {cv::Size(64, 48), cv::Size(1, 1), cv::Size(319, 239), cv::Size(64, 48)}) {
        for (const AVPixelFormat format : paintable_formats()) {
            const AvFrame shared = noise_frame(format, size, 1);
            const AvFrame other = reference(*shared);
            writable.make_writable(*other);
            CHECK(other->data[0] != shared->data[0]);
            CHECK(same_pixels(*other, *shared));
        }
    }
}

TEST_CASE("an invisible garment leaves every bit of the frame") {
    auto clear = shirt({100, 120});
    for (int y = 0; y < 120; ++y) {
        for (int x = 0; x < 100; ++x) {
            clear->rgba.at<cv::Vec4b>(y, x)[3] = 0;
        }
    }
    for (const AVPixelFormat format : paintable_formats()) {
        CAPTURE(name_of(format));
        for (const bool by_opacity : {false, true}) {
            Warp warp(by_opacity ? shirt({100, 120}) : clear,
                      {.warp = "affine", .opacity = by_opacity ? 0.0F : 1.0F});
            const AvFrame before = noise_frame(format, kSize, 1);
            const Frame out = run(warp, posed(reference(*before), {kPerson}));
            CHECK(same_pixels(*out.image, *before));
            CHECK(warp.garments_painted() == 1);
        }
    }
}

TEST_CASE("the nearer of two people is painted over the farther one") {
    Warp warp(shirt({100, 120}), {});
    const Pose far = standing_pose({150, 80}, 40);
    const AvFrame blank = noise_frame(AV_PIX_FMT_RGB24, kSize, 1);
    const Frame one = run(warp, posed(deep_copy(*blank), {far, kPerson}));
    const Frame other = run(warp, posed(deep_copy(*blank), {kPerson, far}));
    CHECK(same_pixels(*one.image, *other.image));
    CHECK(warp.garments_painted() == 4);
    CHECK(warp.dressed_frames() == 2);
}

TEST_CASE("without a garment only the skeleton is painted") {
    for (const bool skeleton : {false, true}) {
        Warp warp(nullptr, {.skeleton = skeleton});
        const AvFrame before = noise_frame(AV_PIX_FMT_YUV420P, kSize, 1);
        const Frame out = run(warp, posed(reference(*before), {kPerson}));
        CHECK(same_pixels(*out.image, *before) != skeleton);
        CHECK(warp.garments_painted() == 0);
    }
    CHECK_THROWS_AS(Warp(nullptr, {.warp = "no such warp"}), ConfigError);
}

TEST_CASE("options out of range are refused") {
    CHECK_THROWS_AS(Warp(shirt({10, 10}), {.warp = "no such warp"}), ConfigError);
    CHECK_THROWS_AS(Warp(shirt({10, 10}), {.opacity = 1.5F}), ConfigError);
    CHECK_THROWS_AS(Warp(shirt({10, 10}), {.opacity = std::nanf("")}), ConfigError);
    CHECK_THROWS_AS(Warp(shirt({10, 10}), {.min_score = -0.1F}), ConfigError);
}

TEST_CASE("face and throat stay free and the chest stays covered") {
    const cv::Rect where(0, 0, 320, 240);
    const Pose pose = standing_pose({160, 100}, 80);
    Patch patch{where, cv::Mat(where.size(), CV_8UC4, cv::Scalar::all(255))};
    protect_face(patch, pose);
    CHECK(alpha_at(patch, 160, 50) == 0);    // nose
    CHECK(alpha_at(patch, 160, 64) == 0);    // chin
    CHECK(alpha_at(patch, 160, 80) == 0);    // throat
    CHECK(alpha_at(patch, 160, 93) == 255);  // below the pit of the neck
    CHECK(alpha_at(patch, 160, 120) == 255);
    CHECK(alpha_at(patch, 120, 100) == 255);  // shoulders
    CHECK(alpha_at(patch, 200, 100) == 255);
    CHECK(alpha_at(patch, 120, 50) == 255);  // beside the head

    // The edge is soft: some pixels are neither kept nor cut.
    int between = 0;
    for (int x = 100; x < 220; ++x) {
        const int a = alpha_at(patch, x, 50);
        between += a > 0 && a < 255;
    }
    CHECK(between >= 2);
}

TEST_CASE("a garment that is worn keeps its collar and gives way to a face only") {
    const cv::Rect where(0, 0, 320, 240);
    Pose pose = standing_pose({160, 100}, 80);
    Patch patch{where, cv::Mat(where.size(), CV_8UC4, cv::Scalar::all(255))};
    protect_face(patch, pose, /*throat=*/false);
    CHECK(alpha_at(patch, 160, 50) == 0);    // nose
    CHECK(alpha_at(patch, 160, 85) == 255);  // throat

    // A face between the shoulders is a network's blunder.
    for (Keypoint& point : pose.keypoints) {
        point.y += point.y < 90 ? 40.0F : 0.0F;
    }
    Patch whole{where, cv::Mat(where.size(), CV_8UC4, cv::Scalar::all(255))};
    protect_face(whole, pose, /*throat=*/false);
    CHECK(alpha_at(whole, 160, 90) == 255);
    protect_face(whole, pose);
    CHECK(alpha_at(whole, 160, 90) == 0);
}

TEST_CASE("the face is protected on turned people and left alone when it is not seen") {
    const cv::Rect where(0, 0, 320, 240);
    Pose pose = standing_pose({100, 120}, 80, 1.5);  // lying, head to the right
    Patch patch{where, cv::Mat(where.size(), CV_8UC4, cv::Scalar::all(255))};
    protect_face(patch, pose);
    CHECK(alpha_at(patch, pose.at(Joint::kNose).x, pose.at(Joint::kNose).y) == 0);
    CHECK(alpha_at(patch, 80, 120) == 255);

    for (const Joint joint : {Joint::kNose, Joint::kLeftEye, Joint::kRightEar}) {
        pose.at(joint).score = 0;
    }
    Patch whole{where, cv::Mat(where.size(), CV_8UC4, cv::Scalar::all(255))};
    protect_face(whole, pose);
    CHECK(cv::norm(whole.rgba, cv::Mat(where.size(), CV_8UC4, cv::Scalar::all(255)),
                   cv::NORM_INF) == 0);
}

TEST_CASE("face protection stays inside patches that only touch the head") {
    for (const cv::Rect where :
         {cv::Rect(150, 40, 10, 10), cv::Rect(-20, -20, 182, 70), cv::Rect(400, 400, 20, 20)}) {
        Patch patch{where, cv::Mat(where.size(), CV_8UC4, cv::Scalar::all(255))};
        protect_face(patch, standing_pose({160, 100}, 80));
        protect_face(patch, standing_pose({1e6, 1e6}, 1e6));
    }
}

TEST_CASE("the skeleton is drawn along limbs and colored by side in both skeletons") {
    Pose coco = standing_pose({160, 60}, 50);
    Pose blaze = coco;
    blaze.skeleton = Skeleton::kBlazePose33;
    blaze.keypoints.assign(33, Keypoint{});
    for (int i = 0; i < kJointCount; ++i) {
        blaze.at(static_cast<Joint>(i)) = coco.at(static_cast<Joint>(i));
    }
    for (const Pose& pose : {coco, blaze}) {
        const auto patch = skeleton_overlay(pose, kSize);
        REQUIRE(patch.has_value());
        CHECK(align_to_chroma(patch->where) == patch->where);
        const auto middle_of = [&](Joint a, Joint b) {
            const cv::Point p(static_cast<int>(std::lround((pose.at(a).x + pose.at(b).x) / 2)),
                              static_cast<int>(std::lround((pose.at(a).y + pose.at(b).y) / 2)));
            return patch->rgba.at<cv::Vec4b>(p - patch->where.tl());
        };
        const cv::Vec4b left = middle_of(Joint::kLeftShoulder, Joint::kLeftElbow);
        const cv::Vec4b right = middle_of(Joint::kRightShoulder, Joint::kRightElbow);
        const cv::Vec4b across = middle_of(Joint::kLeftShoulder, Joint::kRightShoulder);
        CHECK(left[3] > 200);
        CHECK(left[0] > left[2]);  // orange
        CHECK(right[3] > 200);
        CHECK(right[2] > right[0]);              // blue
        CHECK(across[0] == across[2]);           // white
        CHECK(alpha_at(*patch, 160, 100) == 0);  // nothing between the sides
    }
}

TEST_CASE("unsure points are faint and absent ones are not drawn") {
    Pose pose = standing_pose({160, 60}, 50);
    pose.at(Joint::kLeftWrist).score = 0.4F;
    pose.at(Joint::kRightWrist).score = 0.05F;
    const auto patch = skeleton_overlay(pose, kSize);
    REQUIRE(patch.has_value());
    const Keypoint& faint = pose.at(Joint::kLeftWrist);
    CHECK(alpha_at(*patch, faint.x, faint.y) > 90);
    CHECK(alpha_at(*patch, faint.x, faint.y) < 200);
    const Keypoint& absent = pose.at(Joint::kRightWrist);
    CHECK(alpha_at(*patch, absent.x, absent.y) == 0);

    for (Keypoint& point : pose.keypoints) {
        point.x = NAN;
    }
    CHECK_FALSE(skeleton_overlay(pose, kSize).has_value());
    CHECK_FALSE(skeleton_overlay(standing_pose({-5000, 60}, 50), kSize).has_value());
}

TEST_CASE("a person who fades is painted as a fainter garment and not at all in the end") {
    const AvFrame before = noise_frame(AV_PIX_FMT_YUV420P, kSize, 1);
    Pose fading = kPerson;
    fading.fade = 0.25F;
    Warp whole(shirt({100, 120}), {.opacity = 0.5F});
    Warp half(shirt({100, 120}), {.opacity = 0.125F});
    const Frame faded = run(whole, posed(deep_copy(*before), {fading}));
    CHECK(same_pixels(*faded.image, *run(half, posed(deep_copy(*before), {kPerson})).image));
    CHECK_FALSE(same_pixels(*faded.image, *before));

    for (const float nothing : {0.0F, -1.0F, NAN}) {
        fading.fade = nothing;
        Warp warp(shirt({100, 120}), {.skeleton = true});
        const AvFrame shared = reference(*before);
        const Frame out = run(warp, posed(reference(*shared), {fading}));
        CHECK(out.image->data[0] == shared->data[0]);
        CHECK(warp.garments_painted() == 0);
        CHECK(warp.dressed_frames() == 0);
    }
}

TEST_CASE("the skeleton of a person who fades is fainter") {
    const AvFrame before = noise_frame(AV_PIX_FMT_RGB24, kSize, 1);
    Warp warp(nullptr, {.skeleton = true});
    Pose fading = kPerson;
    fading.fade = 0.5F;
    const Frame out = run(warp, posed(deep_copy(*before), {fading}));
    const Keypoint& shoulder = kPerson.at(Joint::kLeftShoulder);
    const std::ptrdiff_t at =
        static_cast<int>(shoulder.y) * before->linesize[0] + 3 * static_cast<int>(shoulder.x);
    // Half of the left side's orange, whose red is 255 and whose blue is 0.
    CHECK(std::abs(out.image->data[0][at] - (before->data[0][at] + 255) / 2) <= 1);
    CHECK(std::abs(out.image->data[0][at + 2] - before->data[0][at + 2] / 2) <= 1);
}

TEST_CASE("the skeleton is painted over the garment") {
    const AvFrame before = noise_frame(AV_PIX_FMT_RGB24, kSize, 1);
    Warp plain(shirt({100, 120}), {});
    Warp with_skeleton(shirt({100, 120}), {.skeleton = true});
    const Frame a = run(plain, posed(deep_copy(*before), {kPerson}));
    const Frame b = run(with_skeleton, posed(deep_copy(*before), {kPerson}));
    CHECK_FALSE(same_pixels(*a.image, *b.image));
    const Keypoint& shoulder = kPerson.at(Joint::kLeftShoulder);
    const std::uint8_t* pixel = b.image->data[0] +
                                static_cast<int>(shoulder.y) * b.image->linesize[0] +
                                3 * static_cast<int>(shoulder.x);
    CHECK(pixel[0] == 255);  // the left side's orange
    CHECK(pixel[2] == 0);
}

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
        // Odd in both directions, and a color that the garment does not have in any pixel.
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
