#include "body/arm_agreement.h"

#include <memory>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "body/figure.h"
#include "core/body_frame.h"

using namespace closet;

namespace {

constexpr int kSide = 150;  // of the labels; two shown pixels each

cv::Point on_labels(const Keypoint& point) {
    return {cvRound(point.x / 2), cvRound(point.y / 2)};
}

/// Somebody with hanging arms, forearms bare, and what a parser says of it.
Pose somebody() {
    Pose pose = test::hanging_arms();
    auto labels = std::make_shared<PersonLabels>();
    for (const Label label : {Label::kUpperArm, Label::kLowerArm, Label::kHand, Label::kSkin}) {
        labels->of(label) = cv::Mat::zeros(kSide, kSide, CV_8UC1);
    }
    labels->labels_from_shown = {0.5, 0, 0, 0, 0.5, 0};
    const auto draw = [&](Label label, Joint from, Joint to) {
        cv::line(labels->of(label), on_labels(pose.at(from)), on_labels(pose.at(to)), 255, 11);
    };
    draw(Label::kUpperArm, Joint::kLeftShoulder, Joint::kLeftElbow);
    draw(Label::kUpperArm, Joint::kRightShoulder, Joint::kRightElbow);
    for (const Label label : {Label::kLowerArm, Label::kSkin}) {
        draw(label, Joint::kLeftElbow, Joint::kLeftWrist);
        draw(label, Joint::kRightElbow, Joint::kRightWrist);
    }
    pose.labels = labels;
    return pose;
}

TEST_CASE("pose and parser agree where arms are, and not where a pose has them elsewhere") {
    Pose pose = somebody();
    const auto right = arm_agreement(pose, 0.3F);
    CHECK(right[0] > 0.9F);
    CHECK(right[1] > 0.9F);
    pose.at(Joint::kLeftElbow).x = 290;
    pose.at(Joint::kLeftWrist) = {290, 40, 0, 0.9F};
    const auto wrong = arm_agreement(pose, 0.3F);
    CHECK(wrong[0] < 0.3F);
    CHECK(wrong[1] == right[1]);
    pose.at(Joint::kRightElbow).score = 0.1F;
    CHECK(arm_agreement(pose, 0.3F)[1] == 0);
}

TEST_CASE("without labels of arms or a body nobody tells whether they agree") {
    const std::array<float, 2> unknown{-1, -1};
    Pose pose = somebody();
    pose.labels = nullptr;
    CHECK(arm_agreement(pose, 0.3F) == unknown);
    pose = somebody();
    pose.at(Joint::kLeftShoulder).score = 0;
    CHECK(arm_agreement(pose, 0.3F) == unknown);
    for (const cv::Mat& plane : {cv::Mat(), cv::Mat(3, 3, CV_8UC1, cv::Scalar(9)),
                                 cv::Mat(kSide, kSide, CV_32FC1, cv::Scalar(9))}) {
        pose = somebody();
        auto labels = std::make_shared<PersonLabels>(*pose.labels);
        labels->of(Label::kHand) = plane;
        pose.labels = labels;
        CHECK(arm_agreement(pose, 0.3F) == unknown);
    }
}

}  // namespace
