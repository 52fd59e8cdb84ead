#include "infer/track/picture_motion.h"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

/// A gray body, 100 pixels of trunk, a white hand at `hand` and a black ground, with the noise of
/// half a frame.
cv::Mat view_of(cv::Point hand, std::uint64_t seed) {
    cv::Mat view(320, 240, CV_8UC3, cv::Scalar::all(20)), noise(view.size(), CV_16SC3);
    cv::rectangle(view, {90, 60}, {150, 220}, cv::Scalar::all(120), cv::FILLED);
    cv::circle(view, hand, 8, cv::Scalar::all(220), cv::FILLED);
    cv::RNG(seed).fill(noise, cv::RNG::NORMAL, 0, 1.5);
    cv::add(view, noise, view, cv::noArray(), CV_8U);
    return view;
}

std::vector<Keypoint> body_of(cv::Point2f wrist) {
    std::vector<Keypoint> points(kJointCount, {120, 40, 0, 1});
    const auto put = [&](Joint joint, float x, float y) {
        points[static_cast<std::size_t>(joint)] = {x, y, 0, 1};
    };
    put(Joint::kLeftShoulder, 150, 100);
    put(Joint::kRightShoulder, 90, 100);
    put(Joint::kLeftHip, 140, 200);
    put(Joint::kRightHip, 100, 200);
    put(Joint::kLeftWrist, wrist.x, wrist.y);
    put(Joint::kNose, 30, 30);  // in the dark
    return points;
}

constexpr auto kWrist = static_cast<std::size_t>(Joint::kLeftWrist);
constexpr auto kHip = static_cast<std::size_t>(Joint::kRightHip);
constexpr auto kNose = static_cast<std::size_t>(Joint::kNose);

TEST_CASE("the picture stands still under noise around keypoints that jump") {
    PictureMotion motion;
    motion.look_at(view_of({180, 160}, 1), true);
    CHECK(motion.moved(0, body_of({180, 160}), Skeleton::kCoco17)[kHip] == 1);  // is new
    for (std::uint64_t seed = 2; seed < 8; ++seed) {
        motion.look_at(view_of({180, 160}, seed), false);
        const float x = seed % 2 == 0 ? 150 : 180;
        const auto moved = motion.moved(0, body_of({x, 160}), Skeleton::kCoco17);
        CHECK(moved[kWrist] < 0.05F);
        CHECK(moved[kHip] < 0.05F);
        CHECK(moved[kNose] == 1);  // there nothing could be seen move
    }
    motion.look_at(view_of({180, 160}, 8), true);
    CHECK(motion.moved(0, body_of({180, 160}), Skeleton::kCoco17)[kHip] == 1);
}

TEST_CASE("a hand that moves is seen where it was and where it is and be it slow") {
    PictureMotion motion;
    const auto moved_at = [&](float x, std::uint64_t seed) {
        motion.look_at(view_of({cvRound(x), 160}, seed), seed == 1);
        return motion.moved(0, body_of({x, 160}), Skeleton::kCoco17);
    };
    moved_at(180, 1);
    const auto quick = moved_at(200, 2);
    CHECK(quick[kWrist] > 0.95F);
    CHECK(quick[kHip] < 0.05F);
    float most = 0;
    for (std::uint64_t seed = 3; seed < 7; ++seed) {
        most = std::max(most, moved_at(199 + static_cast<float>(seed) / 3, seed)[kWrist]);
    }
    CHECK(most > 0.5F);
}

}  // namespace
}  // namespace closet
