#include "warp/occlusion/class_front.h"

#include <doctest/doctest.h>

#include "warp/classes/labeled_person.h"

namespace {

using namespace closet;
using namespace closet::test;

/// A sheet over the whole frame, without what comes in front of it.
cv::Mat behind(const PersonClasses& classes, const Wearer& wearer, Sleeves sleeves,
               bool own_sleeves = false) {
    occlusion::ClassFront front;
    front.look_at(classes, wearer, sleeves, own_sleeves);
    Patch patch = sheet({0, 0, 640, 480});
    front.cut_front(patch);
    return patch.rgba;
}

/// What the class skin says between two places (shoulder widths), in planes of the copy's own.
void set_skin(PersonClasses& copy, const LabeledPerson& person, cv::Point2d from, cv::Point2d to,
              int value) {
    const auto on_grid = [&](cv::Point2d at) {
        return cv::Point(apply(copy.classes_from_shown, cv::Point2d(person.at(at.x, at.y))));
    };
    cv::Mat& skin = copy.probability[static_cast<std::size_t>(Surface::kSkin)];
    skin = skin.clone();
    skin(cv::Rect(on_grid(from), on_grid(to))) = value;
}

/// The same pose with labels that tell no hands.
Pose without_hands(Pose pose) {
    auto labels = std::make_shared<PersonLabels>(*pose.labels);
    labels->of(Label::kHand) = cv::Mat::zeros(labels->of(Label::kHand).size(), CV_8UC1);
    pose.labels = labels;
    return pose;
}

TEST_CASE("own sleeves are in front of new trousers, and not of a new top") {
    LabeledPerson person({640, 480});
    person.strand = false;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const Pose pose = person.pose();
    const Wearer wearer(pose);
    ClassFinder finder;
    finder.begin_frame(0, true);
    const PersonClasses* classes = finder.find(wearer, *frame);
    REQUIRE(classes != nullptr);
    const cv::Point sleeve = person.at(0.62, 0.4), hand = person.at(0.67, 1.55);
    const cv::Point belly = person.at(0.2, 1.2);
    for (const bool own : {false, true}) {
        CAPTURE(own);
        const cv::Mat rgba = behind(*classes, wearer, Sleeves::kNone, own);
        CHECK((int{rgba.at<cv::Vec4b>(sleeve)[3]} < 60) == own);
        CHECK(int{rgba.at<cv::Vec4b>(hand)[3]} < 60);
        CHECK(int{rgba.at<cv::Vec4b>(belly)[3]} > 200);
    }
}

TEST_CASE("the near upper arm of who stands sideways is in front as far as no short sleeve goes") {
    LabeledPerson person({640, 480});
    person.strand = false;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    Pose pose = person.pose();
    auto labels = std::make_shared<PersonLabels>(*pose.labels);
    cv::Mat& upper = labels->of(Label::kUpperArm);
    cv::max(upper, labels->of(Label::kLowerArm), upper);
    labels->of(Label::kLowerArm) = cv::Mat::zeros(upper.size(), CV_8UC1);
    pose.labels = labels;
    for (const float yaw : {0.0F, -1.57F}) {  // -1.57: the left arm is the near one
        CAPTURE(yaw);
        pose.facing = {yaw, 1};
        const Wearer wearer(pose);
        ClassFinder finder;
        finder.begin_frame(0, true);
        const PersonClasses* found = finder.find(wearer, *frame);
        REQUIRE(found != nullptr);
        PersonClasses classes = *found;
        set_skin(classes, person, {0.3, 0.0}, {0.9, 1.4}, 255);
        const Keypoint& shoulder = pose.at(Joint::kLeftShoulder);
        const Keypoint& elbow = pose.at(Joint::kLeftElbow);
        const auto on_arm = [&](float t) {
            return cv::Point(cvRound(shoulder.x + t * (elbow.x - shoulder.x)),
                             cvRound(shoulder.y + t * (elbow.y - shoulder.y)));
        };
        const cv::Mat rgba = behind(classes, wearer, Sleeves::kShort);
        CHECK((int{rgba.at<cv::Vec4b>(on_arm(0.8F))[3]} < 60) == (yaw != 0));
        CHECK(int{rgba.at<cv::Vec4b>(on_arm(0.2F))[3]} > 200);
    }
}

TEST_CASE("a bag that is held is in front") {
    LabeledPerson person({640, 480});
    person.bag = cv::Scalar(200, 30, 30);
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const Pose pose = person.pose();
    const Wearer wearer(pose);
    ClassFinder finder;
    finder.begin_frame(0, true);
    const PersonClasses* classes = finder.find(wearer, *frame);
    REQUIRE(classes != nullptr);
    const cv::Mat rgba = behind(*classes, wearer, Sleeves::kLong);
    CHECK(int{rgba.at<cv::Vec4b>(person.at(0.36, 2.2))[3]} < 60);
    CHECK(int{rgba.at<cv::Vec4b>(person.at(0.1, 2.2))[3]} > 200);
}

TEST_CASE("a bare thigh beside a hand is behind new trousers") {
    LabeledPerson person({640, 480});
    person.strand = false;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    Pose pose = person.pose();
    auto labels = std::make_shared<PersonLabels>(*pose.labels);
    const auto on_labels = [&](double x, double y) {
        return cv::Point(apply(labels->labels_from_shown, cv::Point2d(person.at(x, y))));
    };
    const auto put = [&](Label label, int value, double bottom) {
        cv::Mat& plane = labels->of(label);
        plane = plane.clone();
        plane(cv::Rect(on_labels(0.05, 1.6), on_labels(0.5, bottom))) = value;
    };
    put(Label::kLeg, 200, 3.4);
    put(Label::kHand, 160, 1.9);  // the blob of the hand at (0.67, 1.55)
    pose.labels = labels;
    const Wearer wearer(pose);
    ClassFinder finder;
    finder.begin_frame(0, true);
    const PersonClasses* found = finder.find(wearer, *frame);
    REQUIRE(found != nullptr);
    for (const bool bare_arm : {false, true}) {
        CAPTURE(bare_arm);
        PersonClasses classes = *found;
        set_skin(classes, person, {0.05, 1.5}, {0.66, 1.62}, 255);
        set_skin(classes, person, {0.05, 1.6}, {0.5, bare_arm ? 2.1 : 3.4}, 255);
        if (bare_arm) {
            set_skin(classes, person, {0.55, 0.2}, {0.9, 1.62}, 255);
        }
        const cv::Mat rgba = behind(classes, wearer, Sleeves::kNone);
        CHECK(int{rgba.at<cv::Vec4b>(person.at(0.67, 1.55))[3]} < 60);
        CHECK(int{rgba.at<cv::Vec4b>(person.at(0.3, 1.8))[3]} > 200);
        CHECK(int{rgba.at<cv::Vec4b>(person.at(0.3, 2.0))[3]} > 200);
    }
}

TEST_CASE("a hand that labels miss comes forth as the skin at its wrist, and its cuff does not") {
    LabeledPerson person({640, 480});
    person.strand = false;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    Pose pose = without_hands(person.pose());
    const auto alpha_at = [&](cv::Point at) {
        const Wearer wearer(pose);
        ClassFinder finder;
        finder.begin_frame(0, true);
        const PersonClasses* classes = finder.find(wearer, *frame);
        REQUIRE(classes != nullptr);
        return int{behind(*classes, wearer, Sleeves::kLong).at<cv::Vec4b>(at)[3]};
    };
    CHECK(alpha_at(person.at(0.2, 0.75)) < 60);
    CHECK(alpha_at(person.at(-0.3, 0.75)) > 200);
    CHECK(alpha_at(person.at(0.2, 1.2)) > 200);
    // A wrist that is put on the face brings no face and neck forth.
    const cv::Point chin = person.at(0, -0.6);
    pose.at(Joint::kRightWrist) = {static_cast<float>(chin.x), static_cast<float>(chin.y), 0, 1};
    CHECK(alpha_at(person.at(0, -0.15)) > 200);
}

TEST_CASE("a hand on an arm comes forth wherever the wrists were put") {
    LabeledPerson person({640, 480});
    person.strand = false;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    Pose pose = without_hands(person.pose());
    pose.at(Joint::kRightWrist).score = 0;
    const Wearer wearer(pose);
    ClassFinder finder;
    finder.begin_frame(0, true);
    const PersonClasses* found = finder.find(wearer, *frame);
    REQUIRE(found != nullptr);
    const auto alpha = [&](double sleeve_to) {
        PersonClasses classes = *found;
        for (cv::Mat& plane : classes.probability) {
            plane = plane.clone();
        }
        const auto on_grid = [&](double x, double y) {
            return cv::Point(apply(classes.classes_from_shown, cv::Point2d(person.at(x, y))));
        };
        const cv::Rect sleeve(on_grid(-0.8, 0.6), on_grid(sleeve_to, 0.9));
        classes.probability[static_cast<std::size_t>(Surface::kSkin)](sleeve) = 0;
        classes.probability[static_cast<std::size_t>(Surface::kUpperClothes)](sleeve) = 255;
        const cv::Mat rgba = behind(classes, wearer, Sleeves::kLong);
        return int{rgba.at<cv::Vec4b>(person.at(0.18, 0.75))[3]};
    };
    CHECK(alpha(-0.08) < 60);
    CHECK(alpha(-0.7) > 200);  // a bare forearm is too long for a hand
}

TEST_CASE("what an own short sleeve leaves bare of an arm is in a new long one") {
    LabeledPerson person({640, 480});
    person.strand = false;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    Pose pose = person.pose();
    pose.at(Joint::kRightWrist).score = 0;  // beyond it is its hand
    Wearer wearer(pose);
    ClassFinder finder;
    finder.begin_frame(0, true);
    const PersonClasses* found = finder.find(wearer, *frame);
    REQUIRE(found != nullptr);
    PersonClasses classes = *found;
    // Below the elbow the arm is seen, and then something lies over it: a piece as small as a hand.
    set_skin(classes, person, {0.4, 0.9}, {0.9, 1.25}, 0);
    const auto alpha = [&](double own_end) {
        wearer.own.emplace();
        wearer.own->sleeve_end = {own_end, own_end};
        const cv::Mat rgba = behind(classes, wearer, Sleeves::kLong);
        CHECK(int{rgba.at<cv::Vec4b>(person.at(0.67, 1.55))[3]} < 60);
        return int{rgba.at<cv::Vec4b>(person.at(0.62, 0.76))[3]};
    };
    CHECK(alpha(1.0) > 200);
    CHECK(alpha(2.1) < 60);  // there it is the other arm's hand
}

}  // namespace
