#include "body/bare_elbows.h"

#include <memory>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "body/figure.h"

using namespace closet;

namespace {

constexpr int kLabelsSide = 150;  // two shown pixels each
constexpr float kElbowX = 230;

/// Somebody whose bent left arm a parser sees, `width` shown pixels wide.
Pose bent_arm(int width = 24) {
    Pose pose = test::hanging_arms();
    pose.at(Joint::kLeftElbow) = {kElbowX, 150, 0, 0.9F};
    pose.at(Joint::kLeftWrist) = {215, 220, 0, 0.9F};
    const cv::Point shoulder(100, 40), elbow(115, 75), wrist(107, 110);  // of the labels
    auto labels = std::make_shared<PersonLabels>();
    for (const Label label : {Label::kPerson, Label::kUpperArm, Label::kLowerArm, Label::kSkin}) {
        cv::Mat& plane = labels->of(label) = cv::Mat::zeros(kLabelsSide, kLabelsSide, CV_8UC1);
        if (label != Label::kLowerArm) {
            cv::line(plane, shoulder, elbow, 255, width / 2);
        }
        if (label != Label::kUpperArm) {
            cv::line(plane, elbow, wrist, 255, width / 2);
        }
    }
    labels->labels_from_shown = {0.5, 0, 0, 0, 0.5, 0};
    pose.labels = labels;
    return pose;
}

float elbow_after(Pose pose, float x) {
    pose.at(Joint::kLeftElbow).x = x;
    move_to_bare_elbows(pose, 0.3F);
    return pose.at(Joint::kLeftElbow).x;
}

TEST_CASE("an elbow that is read beside a bare arm goes to its middle") {
    for (const float off : {-25.0F, 15.0F}) {
        CHECK(elbow_after(bent_arm(), kElbowX + off) == doctest::Approx(kElbowX).epsilon(0.03));
    }
    // Nearly in the middle it stays where it was read.
    CHECK(elbow_after(bent_arm(), kElbowX - 4.0F) == kElbowX - 4.0F);
}

TEST_CASE("elbows stay where no bare arm is seen whole") {
    const float read = kElbowX - 20.0F;
    Pose pose = bent_arm();
    pose.at(Joint::kLeftElbow).x = read;
    Pose unsure = pose;
    unsure.at(Joint::kLeftWrist).score = 0.1F;
    CHECK(elbow_after(unsure, read) == read);
    CHECK(elbow_after(bent_arm(60), read) == read);  // no arm is so wide
    for (const Label label : {Label::kPerson, Label::kSkin}) {
        for (const cv::Mat& plane : {cv::Mat(), cv::Mat(3, 3, CV_8UC1, cv::Scalar(255)),
                                     cv::Mat(kLabelsSide, kLabelsSide, CV_32FC1, cv::Scalar(255)),
                                     cv::Mat(kLabelsSide, kLabelsSide, CV_8UC1, cv::Scalar(0))}) {
            auto labels = std::make_shared<PersonLabels>(*bent_arm().labels);
            labels->of(label) = plane;
            pose.labels = labels;
            CHECK(elbow_after(pose, read) == read);
        }
    }
    pose.labels = nullptr;
    CHECK(elbow_after(pose, read) == read);
}

}  // namespace
