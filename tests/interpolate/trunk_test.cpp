#include "interpolate/trunk.h"

#include <cmath>

#include <doctest/doctest.h>

#include "interpolate/people.h"

using namespace closet;
using closet::test::figure;

namespace {

cv::Point2d apply(const cv::Matx23d& m, double x, double y) {
    return {m(0, 0) * x + m(0, 1) * y + m(0, 2), m(1, 0) * x + m(1, 1) * y + m(1, 2)};
}

Pose turned(const Pose& pose, double degrees, double scale, double dx, double dy) {
    const double c = scale * std::cos(degrees * CV_PI / 180);
    const double s = scale * std::sin(degrees * CV_PI / 180);
    Pose result = pose;
    for (Keypoint& point : result.keypoints) {
        const double x = point.x, y = point.y;
        point.x = static_cast<float>(c * x - s * y + dx);
        point.y = static_cast<float>(s * x + c * y + dy);
    }
    return result;
}

}  // namespace

TEST_CASE("the motion of a trunk is found again") {
    const Pose from = figure(500, 400);
    const Pose to = turned(from, 12, 1.1, 40, -20);
    const cv::Matx23d motion = trunk_motion(from, to);
    for (std::size_t i = 0; i < from.keypoints.size(); ++i) {
        const cv::Point2d moved = apply(motion, from.keypoints[i].x, from.keypoints[i].y);
        CHECK(moved.x == doctest::Approx(to.keypoints[i].x).epsilon(1e-4));
        CHECK(moved.y == doctest::Approx(to.keypoints[i].y).epsilon(1e-4));
    }
}

TEST_CASE("limbs do not count as motion of the trunk") {
    const Pose from = figure(500, 400);
    Pose to = from;
    to.at(Joint::kLeftWrist).x += 200;
    to.at(Joint::kRightAnkle).y -= 100;
    CHECK(trunk_motion(from, to) == cv::Matx23d(1, 0, 0, 0, 1, 0));
}

TEST_CASE("a trunk without extent is only shifted") {
    const Pose point = figure(100, 100, 0.0);
    const cv::Matx23d motion = trunk_motion(point, figure(130, 90));
    CHECK(motion == cv::Matx23d(1, 0, 30, 0, 1, -10));
    CHECK(trunk_motion(figure(0, 0), figure(0, 0, 9.0))(0, 0) == 1);
}

TEST_CASE("a mask moves along with its person and shares its pixels") {
    Pose key = figure(500, 400);
    auto mask = std::make_shared<PersonMask>();
    mask->probability = cv::Mat(8, 8, CV_8UC1, cv::Scalar(7));
    mask->mask_from_shown = {0.5, 0, -100, 0, 0.5, -50};
    key.mask = mask;
    const Pose moved = figure(530, 380);
    const auto result = moved_mask(key, moved);
    REQUIRE(result);
    CHECK(result->probability.data == mask->probability.data);
    // What was at (500, 400) is now at (530, 380), and must find the same mask pixel.
    const cv::Point2d was = apply(mask->mask_from_shown, 500, 400);
    const cv::Point2d is = apply(result->mask_from_shown, 530, 380);
    CHECK(is.x == doctest::Approx(was.x));
    CHECK(is.y == doctest::Approx(was.y));
    CHECK(moved_mask(moved, key) == nullptr);
}

TEST_CASE("sides that are named differently are told from a body that turns") {
    const Pose pose = figure(500, 400);
    Pose other = figure(508, 400);
    CHECK_FALSE(sides_exchanged(pose, other));
    exchange_sides(other.keypoints, other.skeleton);
    CHECK(sides_exchanged(pose, other));
    // Almost in profile, before and after.
    const auto narrow = [](Pose turned) {
        for (Keypoint& point : turned.keypoints) {
            point.x = 504 + 0.3F * (point.x - 504);
        }
        return turned;
    };
    CHECK_FALSE(sides_exchanged(narrow(pose), narrow(other)));
}

TEST_CASE("between poses that name sides differently a body keeps its width") {
    const Pose a = figure(500, 400);
    Pose b = figure(520, 410);
    exchange_sides(b.keypoints, b.skeleton);
    for (const double share : {0.0, 0.2, 0.5, 0.51, 0.8, 1.0}) {
        CAPTURE(share);
        Pose pose = a;
        pose.keypoints = between_exchanged(a, b, share);
        Pose expected = figure(500 + 20 * share, 400 + 10 * share);
        if (share > 0.5) {
            exchange_sides(expected.keypoints, expected.skeleton);
        }
        for (std::size_t i = 0; i < pose.keypoints.size(); ++i) {
            CHECK(std::abs(pose.keypoints[i].x - expected.keypoints[i].x) < 1e-3F);
            CHECK(std::abs(pose.keypoints[i].y - expected.keypoints[i].y) < 1e-3F);
        }
    }
}
