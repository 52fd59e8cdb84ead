#include "body/facing.h"

#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/body_frame.h"

namespace {

using namespace closet;

constexpr double kPi = std::numbers::pi;
constexpr double kStepS = 0.1;
const cv::Size kPicture(800, 800);

/// A standing body, seen turned by `yaw` around its spine: trunk 150 pixels, shoulders 100. The
/// head is in the picture unless `cut`. `mean`: 1: as it is .. 0: half way to exchanged sides.
Pose body(double yaw, bool cut = false, double mean = 1) {
    static constexpr double kHalfWidth[kJointCount] = {0,  6,   -6, 14,  -14, 50,  -50, 60, -60,
                                                       65, -65, 30, -30, 30,  -30, 30,  -30};
    static constexpr double kHeight[kJointCount] = {-62, -70, -70, -66, -66, 0,   0,   80, 80,
                                                    150, 150, 150, 150, 260, 260, 370, 370};
    Pose pose;
    pose.score = 1;
    const double top = cut ? 70 : 200;
    for (std::size_t i = 0; i < kJointCount; ++i) {
        const double x = kHalfWidth[i] * std::cos(yaw) * mean;
        const double z = kHalfWidth[i] * std::sin(yaw) / kDepthScale;
        pose.keypoints.push_back({static_cast<float>(400 + x), static_cast<float>(top + kHeight[i]),
                                  static_cast<float>(z + 1e-3), 1});
    }
    pose.box = enclosing_box(pose.keypoints);
    return pose;
}

Pose exchanged(Pose pose) {
    exchange_sides(pose.keypoints, pose.skeleton);
    return pose;
}

Pose labeled(Pose pose, float front_odds) {
    auto labels = std::make_shared<PersonLabels>();
    labels->front_odds = front_odds;
    pose.labels = std::move(labels);
    return pose;
}

/// BlazePose's, with toes that lie `lower` in the picture than heels, pixels.
Pose with_feet(const Pose& pose, float lower, float score = 1) {
    Pose whole;
    whole.skeleton = Skeleton::kBlazePose33;
    whole.score = 1;
    whole.keypoints.resize(keypoint_count(whole.skeleton), pose.at(Joint::kNose));
    for (int i = 0; i < kJointCount; ++i) {
        whole.at(static_cast<Joint>(i)) = pose.at(static_cast<Joint>(i));
    }
    for (const std::size_t side : {0U, 1U}) {
        const Keypoint& ankle = whole.at(side == 0 ? Joint::kLeftAnkle : Joint::kRightAnkle);
        whole.keypoints[29 + side] = {ankle.x, ankle.y + 10, ankle.z, score};
        whole.keypoints[31 + side] = {ankle.x, ankle.y + 10 + lower, ankle.z, score};
    }
    whole.box = enclosing_box(whole.keypoints);
    return whole;
}

/// The poses of key frames, put right; `late`: after all of them, else each at once.
std::vector<Pose> mended(int count, bool late, const std::function<Pose(int)>& measured) {
    FacingFilter filter;
    std::vector<Pose> poses;
    for (int i = 0; i < count; ++i) {
        poses.push_back(measured(i));
        filter.add(i * kStepS, poses.back(), kPicture);
        if (!late) {
            filter.decide_all();
            filter.mend(filter.size() - 1, poses.back());
        }
    }
    filter.decide_all();
    for (std::size_t i = 0; late && i < poses.size(); ++i) {
        filter.mend(i, poses[i]);
    }
    return poses;
}

double width(const Pose& pose) {
    return static_cast<double>(pose.at(Joint::kLeftShoulder).x) - pose.at(Joint::kRightShoulder).x;
}

double degrees_off(const Pose& pose, double yaw) {
    return std::abs(std::remainder(pose.facing.yaw - yaw, 2 * kPi)) * 180 / kPi;
}

}  // namespace

TEST_CASE("facing: a body that turns fully round is followed, at once and looking ahead") {
    for (const bool late : {false, true}) {
        for (const double turns_a_second : {0.1, 0.25, -0.25}) {
            const auto yaw = [&](int i) { return 2 * kPi * turns_a_second * kStepS * i; };
            const auto poses = mended(60, late, [&](int i) { return body(yaw(i)); });
            for (int i = 0; i < 60; ++i) {
                CAPTURE(i);
                const auto& pose = poses[static_cast<std::size_t>(i)];
                CHECK(degrees_off(pose, yaw(i)) < (late ? 20 : 40));
                CHECK(pose.facing.certainty > 0.4F);
                CHECK(width(pose) == doctest::Approx(width(body(yaw(i)))).epsilon(0.02));
            }
        }
    }
}

TEST_CASE("facing: sides that the network exchanges are put right") {
    for (const bool late : {false, true}) {
        for (const bool cut : {false, true}) {
            const auto poses = mended(60, late, [&](int i) {
                const bool wrong = i > 3 && (i % 3 == 0 || (i > 20 && i < 35));
                return wrong ? exchanged(body(0.1, cut)) : body(0.1, cut);
            });
            for (std::size_t i = 0; i < poses.size(); ++i) {
                CAPTURE(i);
                CHECK(width(poses[i]) > 90);
                CHECK(degrees_off(poses[i], 0) < 30);
            }
        }
    }
}

TEST_CASE("facing: who turns the back keeps it") {
    const auto poses =
        mended(40, true, [](int i) { return i % 4 == 3 ? exchanged(body(kPi)) : body(kPi); });
    for (const Pose& pose : poses) {
        CHECK(width(pose) < -90);
        CHECK(degrees_off(pose, kPi) < 20);
    }
}

TEST_CASE("facing: a start on the wrong side is put right looking ahead") {
    const auto poses =
        mended(40, true, [](int i) { return i < 4 ? exchanged(body(0, true)) : body(0, true); });
    for (std::size_t i = 0; i < poses.size(); ++i) {
        CAPTURE(i);
        CHECK(width(poses[i]) > 90);
    }
}

TEST_CASE("facing: without a head, labels tell front from back") {
    for (const bool back : {false, true}) {
        const auto poses = mended(20, true, [&](int i) {
            // The network takes turns; what it sees is the same.
            const Pose seen = i % 10 < 6 ? body(kPi, true) : body(0, true);
            return labeled(seen, back ? 1.5F : 5.5F);
        });
        for (const Pose& pose : poses) {
            CHECK(width(pose) * (back ? -1 : 1) > 90);
            CHECK(degrees_off(pose, back ? kPi : 0) < 30);
        }
    }
}

TEST_CASE("facing: without a head, feet tell front from back") {
    for (const bool back : {false, true}) {
        CAPTURE(back);
        const auto poses = mended(20, true, [&](int i) {
            // The network takes turns, for the wrong side longer; what it sees is the same.
            const Pose seen = (i % 10 < 6) == back ? body(0, true) : body(kPi, true);
            return with_feet(seen, back ? -12.0F : 20.0F);
        });
        for (const Pose& pose : poses) {
            CHECK(std::cos(pose.facing.yaw) * (back ? -1 : 1) > 0.8);
            CHECK(pose.facing.certainty > 0.5F);
        }
    }
}

TEST_CASE("facing: feet below the picture's edge and those that are not seen tell nothing") {
    const auto yaws = [](float score, float top, float apart) {
        return mended(20, true, [&](int i) {
            Pose pose = with_feet(i % 10 < 6 ? body(0, true) : body(kPi, true), apart, score);
            for (std::size_t k = 29; k < 33; ++k) {
                pose.keypoints[k].y += top;
            }
            return pose;
        });
    };
    for (const auto& [score, top] : {std::pair(1.0F, 600.0F), std::pair(0.2F, 0.0F)}) {
        const auto some = yaws(score, top, -20), none = yaws(score, top, 0);
        for (std::size_t i = 0; i < some.size(); ++i) {
            CHECK(some[i].facing.yaw == none[i].facing.yaw);
        }
    }
}

TEST_CASE("facing: labels of bare bodies without a head tell nothing") {
    for (const bool bare : {false, true}) {
        CAPTURE(bare);
        const auto poses = mended(20, true, [&](int) {
            Pose pose = labeled(body(0, true), 1.5F);  // of a dressed one: a back
            auto labels = std::make_shared<PersonLabels>(*pose.labels);
            labels->of(Label::kSkin) = cv::Mat(400, 400, CV_8UC1, cv::Scalar(bare ? 250 : 5));
            labels->labels_from_shown = cv::Matx23d(0.5, 0, 0, 0, 0.5, 0);
            pose.labels = labels;
            return pose;
        });
        for (const Pose& pose : poses) {
            CHECK(std::cos(pose.facing.yaw) * (bare ? 1 : -1) > 0.8);
        }
    }
}

TEST_CASE("facing: a network that sees the head is believed against weak labels") {
    const auto poses = mended(60, true, [](int i) {
        return labeled(i % 15 > 11 ? exchanged(body(0)) : body(0), i % 2 != 0 ? -1.0F : 0.8F);
    });
    for (const Pose& pose : poses) {
        CHECK(width(pose) > 90);
        CHECK(degrees_off(pose, 0) < 20);
    }
}

TEST_CASE("facing: shoulders that collapse on each other get their width back") {
    for (const double left : {0.5, 0.2, 0.0, -0.2, -0.5}) {
        CAPTURE(left);
        const auto poses =
            mended(30, true, [&](int i) { return body(0.05, true, i % 10 >= 6 ? left : 1.0); });
        for (const Pose& pose : poses) {
            CHECK(width(pose) > 90);
            CHECK(width(pose) < 110);
            CHECK(pose.at(Joint::kNose).x == doctest::Approx(400));
            CHECK(pose.at(Joint::kLeftHip).x - pose.at(Joint::kRightHip).x > 50);
        }
    }
}

TEST_CASE("facing: a profile is no collapse") {
    const auto poses = mended(30, true, [](int i) { return body(kPi / 2 + 0.02 * i); });
    for (std::size_t i = 0; i < poses.size(); ++i) {
        CHECK(width(poses[i]) ==
              doctest::Approx(width(body(kPi / 2 + 0.02 * static_cast<double>(i)))).epsilon(0.01));
    }
}

TEST_CASE("facing: who is surely seen is decided at once, others after a second at the latest") {
    FacingFilter sure, unsure;
    for (int i = 0; i < 30; ++i) {
        sure.add(i * kStepS, body(0), kPicture);
        unsure.add(i * kStepS, body(0, true), kPicture);
        CHECK(sure.decided() == sure.size());
        CHECK(unsure.size() - unsure.decided() <= 10);
        CHECK((i > 5 || unsure.decided() == 0));
    }
}

TEST_CASE("facing: without depth, front and back are told and a width is never changed") {
    const auto flat = [](double yaw) {
        Pose pose = body(yaw);
        for (Keypoint& point : pose.keypoints) {
            point.z = 0;
        }
        return pose;
    };
    const auto poses = mended(40, true, [&](int i) { return flat(kPi * i / 39); });
    for (std::size_t i = 0; i < poses.size(); ++i) {
        CHECK(width(poses[i]) == doctest::Approx(width(flat(kPi * static_cast<double>(i) / 39))));
    }
    CHECK(std::cos(poses.front().facing.yaw) > 0.7);
    CHECK(std::cos(poses.back().facing.yaw) < -0.7);
}

TEST_CASE("facing: poses may hold anything") {
    FacingFilter filter;
    double time = 0;
    for (const float bad : {NAN, INFINITY, -INFINITY, 1e30F, 0.0F}) {
        for (std::size_t point = 0; point < kJointCount; ++point) {
            Pose pose = body(0.3);
            pose.keypoints[point].x = bad;
            pose.keypoints[point].z = bad;
            filter.add(time, pose, kPicture);  // times stand still, too
            filter.decide_all();
            filter.mend(filter.size() - 1, pose);
            CHECK(std::isfinite(pose.facing.yaw));
            CHECK(pose.facing.certainty >= 0);
            CHECK(pose.facing.certainty <= 1);
            time += point % 2 == 0 ? kStepS : 0;
        }
        Pose empty = body(0);
        for (Keypoint& point : empty.keypoints) {
            point = {bad, bad, bad, bad};
        }
        filter.add(time, empty, {});
    }
    while (filter.size() > 0) {
        filter.pop_front();
    }
    CHECK(filter.decided() == 0);
}

TEST_CASE("facing: directions mix along the shorter way") {
    const Facing a{3.0F, 1}, b{-3.0F, 0};
    CHECK(std::abs(mix(a, b, 0.5).yaw) == doctest::Approx(kPi).epsilon(1e-4));
    CHECK(mix(a, b, 0.0).yaw == doctest::Approx(3.0));
    CHECK(mix(a, b, 1.0).yaw == doctest::Approx(-3.0));
    CHECK(mix(a, b, 0.25).certainty == doctest::Approx(0.75));
}
