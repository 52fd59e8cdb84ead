#include <limits>
#include <random>

#include <doctest/doctest.h>

#include "body/figure.h"
#include "body/measure_body.h"

using namespace closet;
using namespace closet::test;

namespace {

void check_sound(const BodyShape& shape) {
    const auto sound = [](const auto& measures) {
        for (const Measure& measure : measures) {
            REQUIRE(std::abs(measure.value) <= 1.2F);  // false for NaN
            REQUIRE(measure.certainty >= 0);
            REQUIRE(measure.certainty <= 1);
        }
    };
    sound(shape.top);
    for (std::size_t s = 0; s < 2; ++s) {
        sound(shape.half_width[s]);
        sound(shape.arm[s].outer);
        sound(shape.arm[s].inner);
        sound(shape.leg[s].outer);
        sound(shape.leg[s].inner);
    }
}

Pose with_mask(Pose pose, const cv::Mat& probability, const cv::Matx23d& mask_from_shown) {
    pose.mask = std::make_shared<PersonMask>(PersonMask{probability, mask_from_shown});
    return pose;
}

}  // namespace

TEST_CASE("poses without a usable mask have no shape") {
    Pose pose = draw(Figure{});
    const PersonMask good = *pose.mask;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(measure_body(pose));
    CHECK_FALSE(measure_body(with_mask(pose, {}, good.mask_from_shown)));
    CHECK_FALSE(
        measure_body(with_mask(pose, cv::Mat::zeros(256, 256, CV_8UC1), good.mask_from_shown)));
    CHECK_FALSE(
        measure_body(with_mask(pose, cv::Mat::zeros(256, 256, CV_32FC1), good.mask_from_shown)));
    CHECK_FALSE(measure_body(with_mask(pose, cv::Mat(1, 1, CV_8UC1, 255), good.mask_from_shown)));
    CHECK_FALSE(measure_body(with_mask(pose, cv::Mat(1, 5000, CV_8UC1), good.mask_from_shown)));
    for (const double bad : {nan, infinity, 1e300, 0.0}) {
        CHECK_FALSE(
            measure_body(with_mask(pose, good.probability, cv::Matx23d(bad, 0, 0, 0, bad, 0))));
    }
    pose.mask = nullptr;
    CHECK_FALSE(measure_body(pose));
}

TEST_CASE("a mask of somebody all over has no edges") {
    const Pose pose = draw(Figure{});
    CHECK_FALSE(
        measure_body(with_mask(pose, cv::Mat(256, 256, CV_8UC1, 255), pose.mask->mask_from_shown)));
}

TEST_CASE("people that are too small for the mask have no shape") {
    Pose pose = draw(Figure{});
    CHECK_FALSE(
        measure_body(with_mask(pose, pose.mask->probability, pose.mask->mask_from_shown * 0.05)));
}

TEST_CASE("keypoints that are no numbers or far away are survived") {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    for (int joint = 0; joint < kJointCount; ++joint) {
        for (const float bad : {nan, infinity, -infinity, 1e30F, -60000.0F}) {
            Pose pose = draw(Figure{});
            pose.keypoints[static_cast<std::size_t>(joint)].x = bad;
            check_sound(shape_of(pose));
            pose.keypoints[static_cast<std::size_t>(joint)].score = nan;
            check_sound(shape_of(pose));
        }
    }
    Pose pose = draw(Figure{});
    pose.keypoints.resize(3);
    CHECK_FALSE(measure_body(pose));
}

TEST_CASE("random poses over random masks give sound shapes") {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> place(-200, 500), score(0, 1);
    std::uniform_real_distribution<double> entry(-1, 1), shift(-200, 400);
    std::uniform_int_distribution<int> side(1, 300), level(0, 255);
    int measured = 0;
    for (int i = 0; i < 400; ++i) {
        cv::Mat mask(side(random), side(random), CV_8UC1);
        const int blocks = 1 + i % 16;
        for (int y = 0; y < mask.rows; ++y) {
            for (int x = 0; x < mask.cols; ++x) {
                mask.at<unsigned char>(y, x) = static_cast<unsigned char>(
                    ((x / blocks * 7919) ^ (y / blocks * 104729) ^ i) * 31 & 255);
            }
        }
        Pose pose;
        for (int k = 0; k < kJointCount; ++k) {
            pose.keypoints.push_back({place(random), place(random), 0, score(random)});
        }
        const cv::Matx23d map(entry(random), entry(random), shift(random), entry(random),
                              entry(random), shift(random));
        if (const auto shape = measure_body(with_mask(pose, mask, map), {.min_score = 0.2F})) {
            check_sound(*shape);
            ++measured;
        }
    }
    CHECK(measured > 30);
}

TEST_CASE("nothing around the mask in memory is read") {
    const Pose pose = draw(Figure{}, {.degrees = 20, .scale = 1, .at = {120, 60}});
    const cv::Mat drawn = pose.mask->probability;
    const auto surrounded = [&](unsigned char value) {
        cv::Mat memory(drawn.rows + 40, drawn.cols + 40, CV_8UC1, cv::Scalar(value));
        // Only the figure's middle: rays leave the mask on all sides.
        const cv::Rect part(90, 90, 70, 90);
        cv::Mat inside = memory(cv::Rect(20, 20, part.width, part.height));
        drawn(part).copyTo(inside);
        cv::Matx23d map = pose.mask->mask_from_shown;
        map(0, 2) -= part.x;
        map(1, 2) -= part.y;
        return shape_of(with_mask(pose, inside, map));
    };
    const BodyShape none = surrounded(0);
    const BodyShape all = surrounded(255);
    int known = 0;
    for (std::size_t s = 0; s < 2; ++s) {
        for (std::size_t i = 0; i < BodyShape::kRows; ++i) {
            CHECK(none.half_width[s][i].value == all.half_width[s][i].value);
            CHECK(none.half_width[s][i].certainty == all.half_width[s][i].certainty);
            known += none.half_width[s][i].certainty > 0 ? 1 : 0;
        }
        for (std::size_t i = 0; i < BodyShape::kArmRows; ++i) {
            CHECK(none.arm[s].outer[i].value == all.arm[s].outer[i].value);
            CHECK(none.arm[s].inner[i].value == all.arm[s].inner[i].value);
        }
    }
    CHECK(known > 10);
}
