#include "infer/track/pose_distance.h"

#include <cmath>

#include <doctest/doctest.h>

#include "infer/fake_pose_model.h"

namespace closet {
namespace {

constexpr Skeleton kSkeleton = Skeleton::kCoco17;

/// A figure seen under an angle around the vertical axis: 0 from the front, pi from behind.
std::vector<Keypoint> turned(double angle, double x = 100) {
    auto points = test::figure({.center = {x, 100}});
    for (Keypoint& point : points) {
        point.x = static_cast<float>(x + (point.x - x) * std::cos(angle));
    }
    return points;
}

std::vector<Keypoint> exchanged(std::vector<Keypoint> points) {
    exchange_sides(points, kSkeleton);
    return points;
}

TEST_CASE("sides: exchanging twice gives the same pose in both skeletons") {
    for (const Skeleton skeleton : {Skeleton::kCoco17, Skeleton::kBlazePose33}) {
        std::vector<Keypoint> points;
        for (std::size_t i = 0; i < keypoint_count(skeleton); ++i) {
            points.push_back({static_cast<float>(i), 0, 0, 1});
        }
        auto other = points;
        exchange_sides(other, skeleton);
        for (const Joint joint : {Joint::kLeftEye, Joint::kLeftWrist, Joint::kLeftAnkle}) {
            const auto right = static_cast<Joint>(static_cast<int>(joint) + 1);
            CHECK(other[keypoint_index(skeleton, joint)].x ==
                  points[keypoint_index(skeleton, right)].x);
        }
        CHECK(other[0].x == 0);  // the nose has no side
        exchange_sides(other, skeleton);
        for (std::size_t i = 0; i < points.size(); ++i) {
            CHECK(other[i].x == points[i].x);
        }
    }
}

TEST_CASE("disagreement: it is counted in trunk lengths") {
    const auto a = turned(0);  // its trunk is 24 pixels long
    auto b = a;
    for (Keypoint& point : b) {
        point.x += 12;
    }
    CHECK(pose_distance(a, b, kSkeleton) == doctest::Approx(0.5));
    CHECK(unsided_distance(a, exchanged(a), kSkeleton) == doctest::Approx(0));
    CHECK(pose_distance(a, exchanged(a), kSkeleton) > 0.3);
    CHECK(side_agreement(a, a, kSkeleton) > 0.3);
    CHECK(side_agreement(a, exchanged(a), kSkeleton) < -0.3);
    CHECK(std::isinf(pose_distance(std::vector<Keypoint>(17), a, kSkeleton)));
}

}  // namespace
}  // namespace closet
