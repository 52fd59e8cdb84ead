#include "bench/quality/pose_errors.h"

#include <cmath>
#include <stdexcept>

#include <doctest/doctest.h>

#include "people.h"

using namespace closet;
using namespace closet::bench;
using closet::test::moved;
using closet::test::upright;

TEST_CASE("errors of joints are shares of the trunk") {
    const ClipPoses reference{{upright(200, 100)}, {upright(200, 100)}};
    // 6 and 8 pixels: 10 of 100.
    ClipPoses tested{{moved(upright(200, 100), 3, 4)}, {moved(upright(200, 100), 0, 20)}};
    const PoseErrors errors = compare_poses(reference, tested);
    CHECK(errors.error.total[0] / errors.error.weight[0] == doctest::Approx(0.05));
    CHECK(errors.error.mean() == doctest::Approx(0.125));
    CHECK(errors.pck.mean() == doctest::Approx(0.5));  // the first frame's, none of the second's
    CHECK(errors.missing.mean() == 0);
}

TEST_CASE("joints that the reference is not sure of do not count") {
    ClipPoses reference{{upright(200, 100)}};
    ClipPoses tested = reference;
    tested[0][0].at(Joint::kLeftWrist).x += 500;
    CHECK(compare_poses(reference, tested).error.mean() == doctest::Approx(5.0 / kJointCount));
    reference[0][0].at(Joint::kLeftWrist).score = 0.2F;
    const PoseErrors errors = compare_poses(reference, tested);
    CHECK(errors.error.mean() == 0);
    CHECK(errors.error.weight[0] == kJointCount - 1);
}

TEST_CASE("people are matched by place and not by number") {
    const ClipPoses reference{{upright(100, 100, 0), upright(400, 100, 1)}};
    const ClipPoses tested{{upright(404, 100, 0), upright(100, 100, 7)}};
    const PoseErrors errors = compare_poses(reference, tested);
    CHECK(errors.error.mean() == doctest::Approx(0.02));
    CHECK(errors.missing.mean() == 0);
}

TEST_CASE("a person who is elsewhere is missing and not far off") {
    const ClipPoses reference{{upright(100, 100)}, {upright(100, 100)}, {}};
    const ClipPoses tested{{upright(500, 100)}, {upright(100, 100)}, {upright(1, 1)}};
    const PoseErrors errors = compare_poses(reference, tested);
    CHECK(errors.missing.mean() == doctest::Approx(0.5));
    CHECK(errors.pck.mean() == doctest::Approx(0.5));
    CHECK(errors.error.mean() == 0);
    CHECK(errors.error.weight[0] == 0);
}

TEST_CASE("each pose is matched once and the nearest first") {
    const std::vector<Pose> reference{upright(100, 100), upright(140, 100)};
    const std::vector<Pose> tested{upright(135, 100)};
    const auto pairs = match_people(reference, tested);
    REQUIRE(pairs.size() == 1);
    CHECK(pairs[0].first == 1);
}

TEST_CASE("a trunk without length does not blow errors up") {
    Pose folded = upright(100, 100);
    for (Keypoint& point : folded.keypoints) {
        point = {100, 100, 0, 1};
    }
    folded.box = {};
    CHECK(body_scale(folded) == 1);
    folded.box = {0, 0, 10, 300};
    CHECK(body_scale(folded) == doctest::Approx(60));
}

TEST_CASE("jitter is the second difference over the trunk") {
    ClipPoses steady, shaky, rushing;
    for (int i = 0; i < 5; ++i) {
        const auto x = static_cast<float>(i);
        steady.push_back({upright(200, 100)});
        rushing.push_back({upright(200 + 10 * x, 100)});  // constant speed is no jitter
        shaky.push_back({moved(upright(200, 100), i % 2 == 0 ? 1.0F : -1.0F, 0)});
    }
    CHECK(jitter(steady).mean() == 0);
    CHECK(jitter(rushing).mean() == doctest::Approx(0).epsilon(1e-6));
    CHECK(jitter(shaky).mean() == doctest::Approx(0.04));  // 1 + 2 + 1 pixels
    CHECK(jitter(shaky).weight.front() == 0);
}

TEST_CASE("jitter needs the same person in three frames in a row") {
    const ClipPoses poses{{upright(100, 100, 0)}, {upright(120, 100, 1)}, {upright(100, 100, 0)}};
    CHECK(std::isnan(jitter(poses).mean()));
}

TEST_CASE("clips of different length are not compared") {
    CHECK_THROWS_AS(compare_poses({{}, {}}, {{}}), std::invalid_argument);
}
