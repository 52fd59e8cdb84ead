#include "warp/classes/person_classes.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "warp/classes/labeled_person.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::test;

const LabeledPerson kLabeled({640, 360});

void check_classes(const PersonClasses* classes, const LabeledPerson& person, double least) {
    REQUIRE(classes != nullptr);
    for (const Surface surface :
         {Surface::kSkin, Surface::kHair, Surface::kUpperClothes, Surface::kLowerClothes}) {
        CAPTURE(static_cast<int>(surface));
        CHECK(overlap(*classes, surface, person.truth(surface)) > least);
    }
}

TEST_CASE("classes have the picture's edges where labels are blurred and shifted") {
    const LabeledPerson person;
    const Pose pose = person.pose();
    // What the labels alone would give.
    cv::Mat raw;
    cv::warpAffine(pose.labels->of(Label::kHair), raw, pose.labels->labels_from_shown, person.size,
                   cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT, 0);
    const cv::Mat truth = person.truth(Surface::kHair), is_raw = raw > 127;
    const double raw_overlap =
        static_cast<double>(cv::countNonZero(is_raw & truth)) / cv::countNonZero(is_raw | truth);
    CHECK(raw_overlap < 0.85);
    ClassFinder finder;
    finder.begin_frame(0, true);
    check_classes(finder.find(pose, *person.frame(AV_PIX_FMT_RGB24)), person, 0.93);
}

TEST_CASE("classes are the same in every depth and whichever way the picture lies") {
    const Pose pose = kLabeled.pose();
    for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_BGR24,
                                       AV_PIX_FMT_NV12, AV_PIX_FMT_P010LE}) {
        CAPTURE(name_of(format));
        ClassFinder finder;
        finder.begin_frame(0, true);
        check_classes(finder.find(pose, *kLabeled.frame(format)), kLabeled, 0.85);
    }
    for (const int turn : {90, 180, 270}) {
        CAPTURE(turn);
        const Orientation orientation{turn, false};
        cv::Mat stored;
        turn_upright(kLabeled.picture(), orientation.inverse(), stored);
        AvFrame frame = noise_frame(AV_PIX_FMT_YUV444P, stored.size(), 1);
        Composite().paint(*frame, {{{0, 0}, stored.size()}, stored});
        ClassFinder finder;
        finder.begin_frame(0, true);
        check_classes(finder.find(pose, {*frame, orientation}), kLabeled, 0.85);
    }
}

TEST_CASE("a bag that is held is no clothes, before the leg too, unless it has their color") {
    LabeledPerson person;
    person.bag = cv::Scalar(200, 30, 30);
    const cv::Point beside = person.at(0.8, 2.2), before = person.at(0.35, 2.2);
    const auto held_at = [&](cv::Point shown) {
        ClassFinder finder;
        finder.begin_frame(0, true);
        const PersonClasses* classes = finder.find(person.pose(), *person.frame(AV_PIX_FMT_RGB24));
        REQUIRE(classes != nullptr);
        const cv::Point at = apply(classes->classes_from_shown, cv::Point2d(shown));
        const bool is_held = !classes->held.empty() && classes->held.at<std::uint8_t>(at) != 0;
        CHECK((!is_held || classes->of(Surface::kLowerClothes).at<std::uint8_t>(at) == 0));
        return is_held;
    };
    CHECK(held_at(beside));
    CHECK(held_at(before));
    CHECK_FALSE(held_at(person.at(-0.2, 2.2)));  // the other leg
    CHECK_FALSE(held_at(person.at(1.3, 2.2)));
    person.bag = person.lower;
    CHECK_FALSE(held_at(beside));
    person.bag = person.ground;  // that was taken for clothes
    CHECK_FALSE(held_at(beside));
}

TEST_CASE("a bag stays held while parsers overlook it and goes when it does") {
    LabeledPerson with_bag;
    with_bag.bag = cv::Scalar(200, 30, 30);
    const LabeledPerson without;
    const Pose told = with_bag.pose(), overlooked = without.pose();
    const AvFrame there = with_bag.frame(AV_PIX_FMT_RGB24), gone = without.frame(AV_PIX_FMT_RGB24);
    const auto held_on = [&](ClassFinder& finder, int frame, const Pose& pose,
                             const AVFrame& shown) {
        finder.begin_frame(0.04 * frame, frame == 0);
        const PersonClasses* classes = finder.find(pose, shown);
        REQUIRE(classes != nullptr);
        const cv::Point at = apply(classes->classes_from_shown, cv::Point2d(with_bag.at(0.8, 2.2)));
        return !classes->held.empty() && classes->held.at<std::uint8_t>(at) != 0;
    };
    ClassFinder finder;
    int frame = 0;
    for (; frame < 10; ++frame) {
        CHECK(held_on(finder, frame, told, *there));
    }
    for (; frame < 25; ++frame) {
        CHECK(held_on(finder, frame, overlooked, *there));
    }
    CHECK_FALSE(held_on(finder, frame, overlooked, *gone));
    // What is told now and then is none.
    ClassFinder other;
    for (frame = 0; frame < 20; ++frame) {
        CHECK_FALSE(held_on(other, frame, frame % 10 == 5 ? told : overlooked, *there));
    }
}

TEST_CASE("thighs whose knees are not seen are looked at where they are asked for") {
    Pose pose = kLabeled.pose();
    for (const Joint joint :
         {Joint::kLeftKnee, Joint::kRightKnee, Joint::kLeftAnkle, Joint::kRightAnkle}) {
        pose.at(joint).score = 0;
    }
    const AvFrame frame = kLabeled.frame(AV_PIX_FMT_RGB24);
    const cv::Point thigh = kLabeled.at(0.2, 2.8);
    for (const bool legs : {false, true}) {
        ClassFinder finder;
        finder.begin_frame(0, true);
        const PersonClasses* classes = finder.find(pose, *frame, legs);
        REQUIRE(classes != nullptr);
        CHECK(classes->where.contains(thigh) == legs);
        if (legs) {
            const cv::Point at = apply(classes->classes_from_shown, cv::Point2d(thigh));
            CHECK(classes->of(Surface::kLowerClothes).at<std::uint8_t>(at) > 127);
        }
    }
}

TEST_CASE("the grid stays where it is under a trembling pose and follows a moving one") {
    const AvFrame frame = kLabeled.frame(AV_PIX_FMT_YUV420P);
    ClassFinder finder;
    const auto grid_of = [&](float off, double seconds) {
        Pose pose = kLabeled.pose();
        pose.person_id = 1;
        for (Keypoint& point : pose.keypoints) {
            point.x += off;
            point.y += off;
        }
        finder.begin_frame(seconds, false);
        const PersonClasses* classes = finder.find(pose, *frame);
        REQUIRE(classes != nullptr);
        return classes->classes_from_shown;
    };
    const cv::Matx23d first = grid_of(0, 0);
    CHECK(grid_of(2.5F, 0.04) == first);
    CHECK(grid_of(-2.5F, 0.08) == first);
    CHECK(grid_of(40, 0.12) != first);
}

TEST_CASE("clothes of nearly the skin's color stay clothes") {
    LabeledPerson person;
    person.upper = {228, 188, 176};
    Pose pose = person.pose();
    // Parsers call half of such a blouse skin.
    auto labels = std::make_shared<PersonLabels>(*pose.labels);
    cv::Mat skin = labels->of(Label::kSkin).clone();
    cv::Mat& torso = labels->of(Label::kTorso);
    cv::Mat half = torso.clone();
    half.colRange(0, half.cols / 2).setTo(0);
    cv::max(skin, half, skin);
    labels->of(Label::kSkin) = skin;
    pose.labels = labels;
    ClassFinder finder;
    finder.begin_frame(0, true);
    const PersonClasses* classes = finder.find(pose, *person.frame(AV_PIX_FMT_RGB24));
    REQUIRE(classes != nullptr);
    CHECK(overlap(*classes, Surface::kUpperClothes, person.truth(Surface::kUpperClothes)) > 0.9);
}

TEST_CASE("what begins below a bare belly is no top, whatever its color") {
    LabeledPerson person;
    person.bare_belly = true;
    person.lower = person.upper;
    ClassFinder finder;
    finder.begin_frame(0, true);
    check_classes(finder.find(person.pose(), *person.frame(AV_PIX_FMT_RGB24)), person, 0.9);
}

TEST_CASE("small differences between upper and lower clothes of one color are chance") {
    using classes::ColorMixture;
    const auto cloth = [](double luma, std::uint64_t seed) {
        cv::RNG random(seed);
        std::vector<cv::Vec3b> seen;
        for (int i = 0; i < 2000; ++i) {
            const auto level = cv::saturate_cast<std::uint8_t>(luma + random.gaussian(12));
            seen.emplace_back(level, 128, 128);
        }
        ColorMixture mixture;
        mixture.learn(seen, 1, 1);
        return mixture;
    };
    const ColorMixture none, gray = cloth(150, 1), grayer = cloth(142, 2), black = cloth(30, 3);
    CHECK(ColorMixture::apart(gray, grayer) < 0.4F);
    CHECK(ColorMixture::apart(gray, black) > 0.99F);
    CHECK(ColorMixture::apart(gray, none) == 1);
    // For upper clothes, against lower ones.
    const auto told = [&](const ColorMixture& upper, const ColorMixture& lower, cv::Vec3b color) {
        classes::ColorTable table;
        table.make({none, none, none, upper, lower});
        const std::uint16_t bin = table.bin_of(color);
        table.find({bin});
        return table.at(bin)[2] - table.at(bin)[3];
    };
    CHECK(std::abs(told(gray, grayer, {158, 128, 128})) < 0.15F);
    CHECK(std::abs(told(gray, grayer, {134, 128, 128})) < 0.15F);
    CHECK(told(gray, black, {150, 128, 128}) > 4);
    CHECK(told(gray, black, {30, 128, 128}) < -4);
}

TEST_CASE("any of the networks alone gives classes") {
    const LabeledPerson person;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto without = [&](std::initializer_list<Label> gone) {
        Pose pose = person.pose();
        auto labels = std::make_shared<PersonLabels>(*pose.labels);
        for (const Label label : gone) {
            labels->of(label) = cv::Mat();
        }
        pose.labels = labels;
        return pose;
    };
    const auto upper_of = [&](const Pose& pose) {
        ClassFinder finder;
        finder.begin_frame(0, true);
        const PersonClasses* classes = finder.find(pose, *frame);
        REQUIRE(classes != nullptr);
        return overlap(*classes, Surface::kUpperClothes, person.truth(Surface::kUpperClothes));
    };
    CHECK(upper_of(without({Label::kSkin, Label::kClothes, Label::kHair})) > 0.85);
    CHECK(upper_of(without({Label::kPerson, Label::kFace, Label::kUpperArm, Label::kLowerArm,
                            Label::kHand, Label::kTorso, Label::kLeg, Label::kFoot})) > 0.85);
    // Upper and lower clothes alone.
    Pose split = person.pose();
    auto labels = std::make_shared<PersonLabels>();
    labels->labels_from_shown = split.labels->labels_from_shown;
    const cv::Size small = split.labels->of(Label::kPerson).size();
    cv::resize(person.truth(Surface::kUpperClothes), labels->of(Label::kUpperClothes), small, 0, 0,
               cv::INTER_AREA);
    cv::resize(person.truth(Surface::kLowerClothes), labels->of(Label::kLowerClothes), small, 0, 0,
               cv::INTER_AREA);
    split.labels = labels;
    CHECK(upper_of(split) > 0.85);
}

TEST_CASE("labels that cannot be read are none") {
    const AvFrame frame = kLabeled.frame(AV_PIX_FMT_YUV420P);
    ClassFinder finder;
    const auto is_found = [&](const std::function<void(PersonLabels&)>& change) {
        Pose pose = kLabeled.pose();
        auto labels = std::make_shared<PersonLabels>(*pose.labels);
        change(*labels);
        pose.labels = labels;
        finder.begin_frame(0, true);
        return finder.find(pose, *frame) != nullptr;
    };
    CHECK(is_found([](PersonLabels&) {}));
    CHECK_FALSE(is_found([](PersonLabels& labels) { labels.probability = {}; }));
    CHECK_FALSE(is_found(
        [](PersonLabels& labels) { labels.of(Label::kHair) = cv::Mat::zeros(3, 3, CV_8UC1); }));
    CHECK_FALSE(is_found([](PersonLabels& labels) {
        labels.of(Label::kHair).convertTo(labels.of(Label::kHair), CV_32F);
    }));
    CHECK_FALSE(is_found([](PersonLabels& labels) { labels.labels_from_shown = {}; }));
    CHECK_FALSE(is_found([](PersonLabels& labels) {
        labels.labels_from_shown(0, 2) = std::numeric_limits<double>::quiet_NaN();
    }));
    Pose pose = kLabeled.pose();
    pose.labels = nullptr;
    CHECK(finder.find(pose, *frame) == nullptr);
    pose = kLabeled.pose();
    CHECK(finder.find(pose, *noise_frame(AV_PIX_FMT_YUV410P, kLabeled.size, 1)) == nullptr);
    // Absurd poses and matrices are survived.
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), 1e30F, 60000.0F}) {
        for (std::size_t i = 0; i < kJointCount; ++i) {
            pose = kLabeled.pose();
            pose.keypoints[i].x = bad;
            finder.begin_frame(0, true);
            finder.find(pose, *frame);
        }
    }
    for (const double bad : {1e-9, 1e9, -1e300}) {
        is_found([&](PersonLabels& labels) { labels.labels_from_shown(0, 0) = bad; });
        is_found([&](PersonLabels& labels) { labels.labels_from_shown(1, 2) = bad; });
    }
}

TEST_CASE("colors are kept while a person is seen and forgotten with the scene") {
    const LabeledPerson person({640, 360});
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    Pose pose = person.pose();
    // Between measured frames nothing is learned: sudden labels of nonsense change nothing at once.
    ClassFinder finder;
    finder.begin_frame(0, true);
    finder.find(pose, *frame);
    finder.begin_frame(0.04, false);
    pose.origin = PoseOrigin::kInterpolated;
    check_classes(finder.find(pose, *frame), person, 0.85);
    // Other clothes after a cut.
    LabeledPerson other = person;
    other.upper = {40, 150, 60};
    finder.begin_frame(0.08, true);
    check_classes(finder.find(other.pose(), *other.frame(AV_PIX_FMT_YUV420P)), other, 0.85);
}

Frame dressed(const LabeledPerson& person, const Pose& pose, Sleeves sleeves, cv::Mat& matte,
              const char* clothes = old_clothes::kKeep, cv::Size garment_size = {100, 120}) {
    auto garment = shirt(garment_size);
    garment->sleeves = sleeves;
    WarpOptions options;
    options.warp = "affine";
    options.old_clothes = clothes;
    Warp warp(garment, options);
    Frame frame;
    frame.image = person.frame(AV_PIX_FMT_YUV420P);
    matte = cv::Mat::zeros(person.size, CV_8UC1);
    PosedFrame posed;
    posed.frame = std::move(frame);
    posed.poses = {pose};
    return warp.dress(std::move(posed), &matte);
}

TEST_CASE("the garment covers no hand and no hair that a parser sees") {
    for (const Sleeves sleeves : {Sleeves::kShort, Sleeves::kLong}) {
        CAPTURE(static_cast<int>(sleeves));
        cv::Mat matte;
        dressed(kLabeled, kLabeled.pose(), sleeves, matte);
        const auto at = [&](double x, double y) {
            return int{matte.at<std::uint8_t>(kLabeled.at(x, y))};
        };
        CHECK(at(0.0, 0.4) > 200);   // chest
        CHECK(at(0.16, 0.75) < 30);  // hand
        CHECK(at(0.27, 0.3) < 30);   // strand
        if (sleeves == Sleeves::kLong) {
            CHECK(at(-0.25, 0.75) > 200);  // the forearm is in its sleeve
        } else {
            CHECK(at(-0.25, 0.75) < 30);
        }
    }
}

TEST_CASE("the garment is drawn out over upper clothes that a parser sees and no farther") {
    LabeledPerson person({640, 360});
    person.strand = false;
    cv::Mat plain, filled;
    const cv::Size size(100, 58);  // its hem is well above the old one
    dressed(person, person.pose(), Sleeves::kShort, plain, old_clothes::kKeep, size);
    dressed(person, person.pose(), Sleeves::kShort, filled, old_clothes::kCover, size);
    const cv::Mat upper = person.truth(Surface::kUpperClothes);
    const cv::Rect middle(person.at(-0.3, 0.95), person.at(0.3, 1.5));
    const int before = cv::countNonZero((plain < 128)(middle)&upper(middle));
    const int after = cv::countNonZero((filled < 128)(middle)&upper(middle));
    CAPTURE(before);
    CHECK(before > 100);
    CHECK(after < before / 4);
    const cv::Rect below(person.at(-0.3, 1.6), person.at(0.3, 2.5));
    CHECK(cv::countNonZero(filled(below) > 127) == 0);
}

TEST_CASE("labels that cannot be read change no pixel") {
    cv::Mat plain, bad;
    Pose pose = kLabeled.pose();
    pose.labels = nullptr;
    const Frame before = dressed(kLabeled, pose, Sleeves::kShort, plain);
    pose.labels = std::make_shared<PersonLabels>();
    const Frame after = dressed(kLabeled, pose, Sleeves::kShort, bad);
    CHECK(cv::norm(plain, bad, cv::NORM_INF) == 0);
    for (int plane = 0; plane < 3; ++plane) {
        const cv::Size bytes = plane_bytes(*before.image, plane);
        for (int y = 0; y < bytes.height; ++y) {
            const auto line = [&](const Frame& frame) {
                return frame.image->data[plane] + std::ptrdiff_t{y} * frame.image->linesize[plane];
            };
            CHECK(std::equal(line(before), line(before) + bytes.width, line(after)));
        }
    }
}

}  // namespace
