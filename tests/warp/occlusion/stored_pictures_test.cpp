#include <string>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "warp/occlusion/drawn_person.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::test;

/// A person drawn at twice the size, the hair over the collar, an arm before the chest.
struct Scene {
    DrawnPerson person{.strand = true, .size = {324, 240}};  // divisible by all aspects
    double zoom = 2;

    cv::Mat picture() const {
        cv::Mat large;
        cv::resize(person.picture(), large, {}, zoom, zoom, cv::INTER_LINEAR);
        return large;
    }
    /// `bare`: neither head nor hips are seen.
    Pose pose(bool bare) const {
        Pose pose = person.pose();
        for (Keypoint& point : pose.keypoints) {
            point.x = static_cast<float>((point.x + 0.5) * zoom - 0.5);
            point.y = static_cast<float>((point.y + 0.5) * zoom - 0.5);
        }
        const double half = 0.5 / zoom - 0.5;
        pose.mask = std::make_shared<PersonMask>(
            PersonMask{pose.mask->probability, {1 / zoom, 0, half, 0, 1 / zoom, half}});
        pose.box = enclosing_box(pose.keypoints);
        if (bare) {
            for (const Joint joint :
                 {Joint::kNose, Joint::kLeftEye, Joint::kRightEye, Joint::kLeftEar,
                  Joint::kRightEar, Joint::kLeftHip, Joint::kRightHip}) {
                pose.at(joint).score = 0;
            }
        }
        return pose;
    }
};

struct Dressed {
    cv::Mat picture, matte;  ///< as shown
};

/// Dresses the scene stored in one way, and shows the result.
Dressed dress(const Scene& scene, bool bare, WarpOptions options, Orientation orientation,
              AVRational aspect, cv::Size stored_size) {
    const cv::Mat picture = scene.picture();
    cv::Mat lying, stored;
    turn_upright(picture, orientation.inverse(), lying);
    cv::resize(lying, stored, stored_size, 0, 0, cv::INTER_AREA);
    PosedFrame posed;
    posed.frame.orientation = orientation;
    posed.frame.image = noise_frame(AV_PIX_FMT_RGBA, stored_size, 1);
    posed.frame.image->sample_aspect_ratio = aspect;
    AVFrame& image = *posed.frame.image;
    const cv::Mat pixels(stored_size, CV_8UC4, image.data[0],
                         static_cast<std::size_t>(image.linesize[0]));
    stored.copyTo(pixels);
    posed.poses = {scene.pose(bare)};
    REQUIRE(geometry_of(posed.frame).shown == picture.size());

    options.fit_light = false;
    Warp warp(shirt({300, 360}), options);
    cv::Mat matte(stored_size, CV_8UC1, cv::Scalar(0));
    const Frame frame = warp.dress(std::move(posed), &matte);
    const cv::Mat result(stored_size, CV_8UC4, frame.image->data[0],
                         static_cast<std::size_t>(frame.image->linesize[0]));
    Dressed dressed;
    for (const auto& [from, to] : {std::pair{&result, &dressed.picture},
                                   {static_cast<const cv::Mat*>(&matte), &dressed.matte}}) {
        cv::Mat square;
        cv::resize(*from, square, lying.size(), 0, 0, cv::INTER_LINEAR);
        turn_upright(square, orientation, *to);
    }
    return dressed;
}

double overlap(const cv::Mat& a, const cv::Mat& b) {
    const cv::Mat in_a = a > 127, in_b = b > 127;
    return static_cast<double>(cv::countNonZero(in_a & in_b)) / cv::countNonZero(in_a | in_b);
}

TEST_CASE("a person is dressed the same however the picture is stored") {
    for (const cv::Size size : {cv::Size(320, 240), cv::Size(319, 239)}) {
        Scene scene{.person = {.strand = true, .size = size}, .zoom = 1};
        for (const std::string warp : {"mesh", "affine"}) {
            for (const bool bare : {false, true}) {
                const WarpOptions options{.warp = warp, .skeleton = !bare};
                const Dressed plain = dress(scene, bare, options, {}, {0, 1}, size);
                REQUIRE(cv::countNonZero(plain.matte > 127) > 4000);
                for (int tag = 2; tag <= 8; ++tag) {
                    CAPTURE(size.width);
                    CAPTURE(warp);
                    CAPTURE(bare);
                    CAPTURE(tag);
                    const Orientation orientation = orientation_of_exif(tag);
                    const Dressed other =
                        dress(scene, bare, options, orientation, {0, 1}, turned(size, orientation));
                    CHECK(overlap(plain.matte, other.matte) > 0.995);
                    const double off = cv::norm(plain.picture, other.picture, cv::NORM_L1) /
                                       static_cast<double>(plain.picture.total() * 4);
                    CHECK(off < 0.25);
                }
            }
        }
    }
}

TEST_CASE("a person is dressed the same whatever the shape of pixels") {
    const Scene scene;
    const cv::Size shown = scene.picture().size();
    for (const std::string warp : {"mesh", "affine"}) {
        for (const bool bare : {false, true}) {
            const WarpOptions options{.warp = warp, .skeleton = false};
            const Dressed square = dress(scene, bare, options, {}, {1, 1}, shown);
            for (const AVRational aspect : {AVRational{1, 3}, {1, 2}, {4, 3}, {2, 1}, {3, 1}}) {
                for (const Orientation orientation :
                     {Orientation{}, {90, false}, {180, true}, {270, true}}) {
                    cv::Size stored = turned(shown, orientation);
                    stored.width = aspect.num > aspect.den ? stored.width * aspect.den / aspect.num
                                                           : stored.width;
                    stored.height = aspect.num < aspect.den
                                        ? stored.height * aspect.num / aspect.den
                                        : stored.height;
                    CAPTURE(warp);
                    CAPTURE(bare);
                    CAPTURE(aspect.num);
                    CAPTURE(aspect.den);
                    CAPTURE(orientation.turn);
                    const Dressed other = dress(scene, bare, options, orientation, aspect, stored);
                    CHECK(overlap(square.matte, other.matte) >= 0.97);
                }
            }
        }
    }
}

}  // namespace
