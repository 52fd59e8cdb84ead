#include "infer/track/pose_distance.h"

#include <cmath>

#include <doctest/doctest.h>

#include "infer/fake_pose_model.h"

namespace closet {
namespace {

constexpr Skeleton kSkeleton = Skeleton::kCoco17;
constexpr double kStepS = 1.0 / 30.0;

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

bool same(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b) {
    return pose_distance(a, b, kSkeleton) < 1e-6;
}

TEST_CASE("sides: an exchanged pose is put right and told") {
    SideContinuity sides(kSkeleton);
    for (int i = 0; i < 30; ++i) {
        const auto truth = turned(0, 100 + i);
        const bool wrong = i > 0 && i % 3 == 0;
        auto pose = wrong ? exchanged(truth) : truth;
        CAPTURE(i);
        CHECK(sides.align(pose, i * kStepS) == wrong);
        CHECK(same(pose, truth));
    }
}

TEST_CASE("sides: a long run of wrong answers does not flip the person") {
    SideContinuity sides(kSkeleton);
    for (int i = 0; i < 60; ++i) {
        auto pose = i < 30 ? turned(0) : exchanged(turned(0));
        sides.align(pose, i * kStepS);
        CHECK(same(pose, turned(0)));
    }
}

TEST_CASE("sides: a real turn is followed") {
    SideContinuity sides(kSkeleton);
    constexpr double kHalfTurn = 3.14159265358979;
    for (int i = 0; i <= 30; ++i) {
        auto pose = turned(kHalfTurn * i / 30);
        CAPTURE(i);
        CHECK_FALSE(sides.align(pose, i * kStepS));
    }
}

TEST_CASE("sides: a collapsed pose in between does not confuse what follows") {
    SideContinuity sides(kSkeleton);
    auto pose = turned(0);
    sides.align(pose, 0);
    pose = exchanged(test::figure({.center = {140, 100}, .collapsed = true}));
    sides.align(pose, kStepS);
    pose = exchanged(turned(0));
    CHECK(sides.align(pose, 2 * kStepS));
    CHECK(same(pose, turned(0)));
}

TEST_CASE("sides: a track that began on the wrong side is put right") {
    SideContinuity sides(kSkeleton);
    auto pose = exchanged(turned(0));
    sides.align(pose, 0);
    bool right = false;
    for (int i = 1; i < 60; ++i) {
        pose = turned(0);
        sides.align(pose, i * kStepS);
        CHECK((!right || same(pose, turned(0))));  // once right, it stays
        right = same(pose, turned(0));
    }
    CHECK(right);
}

TEST_CASE("sides: after a reset the next pose is taken as it is") {
    SideContinuity sides(kSkeleton);
    auto pose = turned(0);
    sides.align(pose, 0);
    sides.reset();
    pose = exchanged(turned(0));
    CHECK_FALSE(sides.align(pose, kStepS));
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
