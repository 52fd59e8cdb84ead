#include "interpolate/labels.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "interpolate/label_fixtures.h"
#include "interpolate/people.h"

using namespace closet;
using namespace closet::test;

namespace {

constexpr std::int64_t kStepMs = 20;

/// A clip of somebody who walks 300 px a second; every 5th frame (0.1 s) is a key frame, with the
/// labels that `labels(key, x)` gives.
template <class MakeLabels>
Clip walk(int count, MakeLabels labels) {
    Clip clip;
    clip.add(count, kStepMs, 5, [&, key = 0](double t) mutable {
        Pose pose = figure(300 + 300 * t, 400);
        pose.labels = labels(key++, 300 + 300 * t);
        return std::vector{pose};
    });
    return clip;
}

double middle_x(const Pose& pose) {
    return (pose.at(Joint::kLeftHip).x + pose.at(Joint::kRightHip).x) / 2.0;
}

}  // namespace

TEST_CASE("labels move with the trunk and share their planes") {
    Pose key = figure(500, 400);
    key.labels = box_labels(500, 400);
    const SharedLabels moved = moved_labels(key, figure(530, 380, 1.5));
    REQUIRE(moved);
    CHECK(moved->of(Label::kPerson).data == key.labels->of(Label::kPerson).data);
    CHECK(moved->of(Label::kFace).empty());
    // The person is half as large again, around the trunk's middle.
    CHECK(label_at(*moved, Label::kPerson, 530 + 55, 380) == 255);
    CHECK(label_at(*moved, Label::kPerson, 530 + 65, 380) == 0);
    CHECK(label_at(*key.labels, Label::kPerson, 500 + 45, 400) == 0);
    CHECK(moved_labels(figure(0, 0), key) == nullptr);
}

TEST_CASE("labels laid onto others' points say the same of the same place") {
    const Pose from = figure(500, 400), to = figure(560, 430, 1.25);
    const auto labels = box_labels(500, 400, 4);
    const auto onto = box_labels(555, 440, 3);
    const PersonLabels laid = laid_onto(*labels, from, *onto, to);
    CHECK(laid.labels_from_shown == onto->labels_from_shown);
    // 40 px left and right of the middle, a quarter larger at the other pose; so with hair above.
    for (const auto& [x, y, person, hair] :
         {std::tuple{0, 0, 255, 0}, {45, 0, 255, 0}, {55, 0, 0, 0}, {-45, -60, 255, 255}}) {
        CAPTURE(x);
        CHECK(label_at(laid, Label::kPerson, 560 + x, 430 + y) == person);
        CHECK(label_at(laid, Label::kHair, 560 + x, 430 + y) == hair);
    }
    CHECK(laid.of(Label::kSkin).empty());
}

TEST_CASE("silhouettes agree by intersection over union") {
    const auto wide = box_labels(0, 0, 4, 20), slim = box_labels(0, 0, 4, 10);
    CHECK(agreement(*wide, *wide) == 1);
    CHECK(agreement(*wide, *slim) == doctest::Approx(0.5));
    PersonLabels no_person = *wide;
    no_person.of(Label::kPerson).release();
    CHECK(agreement(no_person, *slim) == doctest::Approx(130.0 / 530));  // hair alone
    PersonLabels nothing = *wide;
    nothing.of(Label::kPerson) = cv::Mat(kLabelSide, kLabelSide, CV_8UC1, cv::Scalar(0));
    CHECK(agreement(nothing, nothing) == 1);
    CHECK(agreement(nothing, *wide) == 0);
    PersonLabels other_size = *wide;
    other_size.of(Label::kPerson) = cv::Mat(8, 8, CV_8UC1, cv::Scalar(0));
    CHECK(agreement(other_size, *wide) == 0);
}

TEST_CASE("labels are mixed by weight, planes that only some have are left out") {
    const auto sure = box_labels(0, 0, 4, 20, 200), unsure = box_labels(0, 0, 4, 20, 100);
    auto other = *unsure;
    other.of(Label::kSkin) = other.of(Label::kHair).clone();
    const PersonLabels mixed = mix({{sure.get(), 3}, {&other, 1}});
    CHECK(label_at(mixed, Label::kHair, 0, -60) == 175);
    CHECK(label_at(mixed, Label::kPerson, 0, 0) == 255);
    CHECK(mixed.of(Label::kSkin).empty());
    CHECK(mixed.labels_from_shown == sure->labels_from_shown);
}

TEST_CASE("labels are carried to the frames between key frames, without lag") {
    const Clip clip = walk(41, [](int, double x) { return box_labels(x, 400); });
    for (const std::size_t batch : {std::size_t{1}, std::size_t{4}}) {
        const Run run = interpolate(clip, {}, batch);
        for (std::size_t i = 0; i < run.frames.size(); ++i) {
            CAPTURE(i);
            const Pose pose = run.pose(i);
            REQUIRE(pose.labels);
            const double x = 300 + 300 * 0.02 * static_cast<double>(i);
            CHECK(std::abs(middle_x(pose) - x) < 1);
            CHECK(label_at(*pose.labels, Label::kPerson, x - 36, 400) > 127);
            CHECK(label_at(*pose.labels, Label::kPerson, x + 36, 400) > 127);
            CHECK(label_at(*pose.labels, Label::kPerson, x - 44, 400) < 128);
            CHECK(label_at(*pose.labels, Label::kPerson, x + 44, 400) < 128);
        }
    }
}

TEST_CASE("labels that jump from key frame to key frame are smoothed alike before and after") {
    // Hair is seen on every second key frame only; the silhouettes agree.
    const Clip clip =
        walk(41, [](int key, double x) { return box_labels(x, 400, 4, 20, key % 2 * 240); });
    const Run run = interpolate(clip);
    const auto hair = [&](std::size_t frame) {
        const Pose pose = run.pose(frame);
        return label_at(*pose.labels, Label::kHair, middle_x(pose), 400 - 60);
    };
    // 1:2:1 of 0, 240, 0 and of 240, 0, 240: the same half everywhere but at the ends.
    for (std::size_t i = 5; i <= 35; ++i) {
        CAPTURE(i);
        CHECK(hair(i) == doctest::Approx(120).epsilon(0.02));
    }
    CHECK(hair(0) == doctest::Approx(80).epsilon(0.02));  // 2:1 of 0 and 240
}

TEST_CASE("labels that do not agree are not mixed; the nearer ones count") {
    const Clip clip =
        walk(21, [](int key, double x) { return box_labels(x, 400, 4, key < 2 ? 20 : 40); });
    const Run run = interpolate(clip);
    for (std::size_t i = 0; i <= 20; ++i) {
        CAPTURE(i);
        const Pose pose = run.pose(i);
        // 60 px from the middle only the wide ones reach. Key frames 1 and 2 are frames 5 and 10.
        CHECK(label_at(*pose.labels, Label::kPerson, middle_x(pose) + 60, 400) ==
              (i <= 7 ? 0 : 255));
        CHECK(label_at(*pose.labels, Label::kPerson, middle_x(pose), 400) == 255);
    }
}

TEST_CASE("labels are held for a while where the parser sees nobody any more") {
    const Clip clip = walk(61, [](int key, double x) {
        return key <= 4 ? box_labels(x, 400) : std::shared_ptr<PersonLabels>();
    });
    const Run run = interpolate(clip);
    for (std::size_t i = 0; i < run.frames.size(); ++i) {
        CAPTURE(i);
        const double since_s = 0.02 * static_cast<double>(i) - 0.4;  // the last labels
        const Pose pose = run.pose(i);
        const bool is_labeled = pose.labels != nullptr;
        CHECK((std::abs(since_s - kLabelHoldS) < 1e-6 || is_labeled == (since_s < kLabelHoldS)));
        CHECK((!pose.labels || label_at(*pose.labels, Label::kPerson, middle_x(pose), 400) == 255));
    }
}

TEST_CASE("whether arms are where the pose has them is known before they are") {
    // Arms that the parser sees from key frame 10 on, which is frame 50, 1 s.
    const Clip clip = walk(101, [](int key, double x) {
        auto labels = std::make_shared<PersonLabels>(*box_labels(x, 400));
        for (const Label label : {Label::kUpperArm, Label::kLowerArm, Label::kHand}) {
            labels->of(label) =
                cv::Mat(kLabelSide, kLabelSide, CV_8UC1, cv::Scalar(key < 10 ? 0 : 255));
        }
        return labels;
    });
    const Run run = interpolate(clip);
    for (const std::size_t side : {0U, 1U}) {
        CHECK(run.pose(20).arms_agree[side] == 0);
        CHECK(run.pose(35).arms_agree[side] > 0);
        CHECK(run.pose(47).arms_agree[side] == doctest::Approx(0.5).epsilon(0.15));
        CHECK(run.pose(80).arms_agree[side] == doctest::Approx(1));
    }
    const Run unlabeled =
        interpolate(walk(21, [](int, double) { return std::shared_ptr<PersonLabels>(); }));
    CHECK(unlabeled.pose(10).arms_agree[0] < 0);
}

TEST_CASE("elbows that are read beside bare arms are put there before poses are smoothed") {
    const auto left_elbow = [](bool is_bare) {
        const Clip clip = walk(31, [&](int, double x) {
            auto labels = std::make_shared<PersonLabels>(*box_labels(x, 400));
            // An arm that bends outwards, to 60 px beside the spine; the pose has its elbow at 45.
            cv::Mat& skin = labels->of(Label::kSkin) =
                cv::Mat::zeros(kLabelSide, kLabelSide, CV_8UC1);
            cv::line(skin, {40, 19}, {47, 32}, is_bare ? 255 : 0, 3);
            cv::line(skin, {47, 32}, {43, 43}, is_bare ? 255 : 0, 3);
            for (const Label label : {Label::kPerson, Label::kUpperArm, Label::kLowerArm}) {
                labels->of(label) = cv::max(skin, labels->of(Label::kPerson));
            }
            return labels;
        });
        const Run run = interpolate(clip);
        return run.pose(16).at(Joint::kLeftElbow).x - middle_x(run.pose(16));
    };
    CHECK(left_elbow(false) == doctest::Approx(45).epsilon(0.02));
    CHECK(left_elbow(true) > 55);
}

TEST_CASE("without labels frames wait no longer, with them no longer than these need") {
    const auto held = [](bool labeled) {
        return interpolate(walk(101,
                                [&](int, double x) {
                                    return labeled ? box_labels(x, 400)
                                                   : std::shared_ptr<PersonLabels>();
                                }))
            .most_held;
    };
    // Those of later key frames, which are smoothed, and a batch of five key frames.
    CHECK(held(true) <= (0.4 + 0.35) / 0.02 + 25 + 1);
    CHECK(held(false) < held(true));
}

TEST_CASE("labels do not depend on where batches end") {
    const Clip clip =
        walk(56, [](int key, double x) { return box_labels(x, 400, 4, 18 + key % 3, key * 20); });
    const Run one = interpolate(clip, {}, 1), many = interpolate(clip, {}, 7);
    for (std::size_t i = 0; i < one.frames.size(); ++i) {
        const Pose a = one.pose(i), b = many.pose(i);
        REQUIRE((a.labels && b.labels));
        CHECK(cv::norm(a.labels->of(Label::kHair), b.labels->of(Label::kHair), cv::NORM_INF) == 0);
        CHECK(a.labels->labels_from_shown == b.labels->labels_from_shown);
    }
}
