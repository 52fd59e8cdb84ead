#include <limits>
#include <random>

#include <doctest/doctest.h>

#include "warp/removal/removal_scene.h"

namespace {

using namespace closet;
using namespace closet::test;

TEST_CASE("each region becomes what an old shirt hid") {
    const LabeledPerson& person = drawn();
    Scene scene;
    const auto below = scene.frame_of(person, person.pose());
    REQUIRE(below);
    CHECK(below->where.x % 2 == 0);
    CHECK(below->where.height % 2 == 0);
    CHECK(below->is_native);
    check_color(*below, person.at(0.63, 0.45), person.skin, kAlike);  // an arm, once in a sleeve
    check_color(*below, person.at(-0.63, 0.45), person.skin, kAlike);
    check_color(*below, person.at(0.0, 1.36), person.lower, 20);   // trousers
    check_color(*below, person.at(0.47, 0.6), person.ground, 12);  // beside the waist
    CHECK(scene.stage.counts().removed == 1);
    CHECK(scene.stage.counts().left == std::array<std::int64_t, kLeftClothes>{});
}

TEST_CASE("what is thin and within trousers is theirs, though it has a top's color") {
    const LabeledPerson& person = drawn();
    for (const double width : {0.05, 0.3}) {
        const cv::Rect string(person.at(0.1, 1.5), person.at(0.1 + width, 1.75));
        Scene scene;
        const auto below = frame_of(scene, person, person.pose(), vest(person),
                                    {{string, {200, 200, 210}, Surface::kUpperClothes}});
        REQUIRE(below);
        CHECK((pixel(*below, (string.tl() + string.br()) / 2)[3] > 200) == (width > 0.1));
    }
}

TEST_CASE("between a short top and the trousers' waist is a bare belly") {
    const LabeledPerson& person = drawn();
    const cv::Rect inner(person.at(-0.42, -0.02), person.at(0.42, 0.7));
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto below = [&](Scene& scene) {
        const auto patch = scene.frame_of(person, person.pose(), sheet(align_to_chroma(inner)),
                                          *frame, [](PersonClasses&) {});
        REQUIRE(patch);
        return *patch;
    };
    Scene hung;  // where waists usually are
    const Patch usual = below(hung);
    check_color(usual, person.at(0.3, 0.9), person.skin, kAlike);
    check_color(usual, person.at(0.3, 1.3), person.lower, 20);
    Scene tucked;
    tucked.own.emplace();
    tucked.own->waist.fill(1.5);
    tucked.own->seen = tucked.own->shows = 1;
    check_color(below(tucked), person.at(0.3, 1.3), person.skin, kAlike);
    Scene open;
    open.worn.open_front = true;
    const Patch between = below(open);
    CHECK((pixel(between, person.at(0.3, 0.9))[3] == 0 ||
           pixel(between, person.at(0.3, 0.9))[0] < 150));
}

TEST_CASE("between a short top and trousers that are worn together is a bare belly") {
    const LabeledPerson& person = drawn();
    const cv::Rect top(person.at(-0.42, -0.02), person.at(0.42, 0.7));
    const cv::Rect trousers(person.at(-0.42, 1.2), person.at(0.42, 2.0));
    const cv::Rect where = align_to_chroma(top | trousers);
    Patch laid = sheet(where);
    laid.rgba(cv::Rect(0, top.br().y - where.y, where.width, trousers.y - top.br().y)) =
        cv::Scalar::all(0);
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const Pose pose = person.pose();
    const Wearer wearer(pose);
    ClassFinder finder;
    finder.begin_frame(0, true);
    Garment shirt, below_it;
    below_it.kind = GarmentKind::kTrousers;
    const Ensemble worn(std::vector{std::make_shared<const Garment>(shirt),
                                    std::make_shared<const Garment>(below_it)});
    Removal stage;
    stage.begin_frame(person.size, 0, true);
    const Removal::UncutAlpha uncut = alpha_of(laid);
    const auto below =
        stage.remove(laid, uncut, worn, wearer, *frame, *finder.find(wearer, *frame, true), {});
    REQUIRE(below);
    check_color(*below, person.at(0.3, 1.0), person.skin, kAlike);
    check_color(*below, person.at(0.47, 0.6), person.ground, 20);
}

TEST_CASE("trousers that go on keep their stripes") {
    const LabeledPerson& person = drawn();
    const cv::Scalar red(200, 40, 40);
    const cv::Rect stripe(person.at(0.2, 1.5), person.at(0.4, 3.6));
    Scene scene;
    const auto below = frame_of(scene, person, person.pose(), vest(person),
                                {{stripe, red, Surface::kLowerClothes}});
    REQUIRE(below);
    check_color(*below, person.at(0.3, 1.36), red, 25);
    check_color(*below, person.at(-0.1, 1.36), person.lower, 20);
}

TEST_CASE("what is no old clothes stays as it is") {
    const LabeledPerson& person = drawn();
    Scene scene;
    const auto below = scene.frame_of(person, person.pose());
    REQUIRE(below);
    cv::Mat old = person.truth(Surface::kUpperClothes);
    cv::dilate(old, old, cv::getStructuringElement(cv::MORPH_RECT, {17, 17}));
    int beyond = 0;
    for (int y = below->where.y; y < below->where.br().y; ++y) {
        for (int x = below->where.x; x < below->where.br().x; ++x) {
            const bool is_old =
                cv::Rect({0, 0}, person.size).contains({x, y}) && old.at<std::uint8_t>(y, x) != 0;
            beyond += !is_old && pixel(*below, {x, y})[3] != 0 ? 1 : 0;
        }
    }
    CHECK(beyond == 0);
    CHECK(pixel(*below, person.at(0.0, -0.6))[3] == 0);   // face
    CHECK(pixel(*below, person.at(-0.3, 0.75))[3] == 0);  // forearm
    CHECK(pixel(*below, person.at(0.0, 2.5))[3] == 0);    // legs
}

TEST_CASE("a hand before the old clothes stays whole") {
    const LabeledPerson& person = drawn();
    bool is_labeled = true;
    SUBCASE("that has a label") {}
    SUBCASE("that is at a wrist") {
        is_labeled = false;
    }
    Pose pose = person.pose();
    if (!is_labeled) {
        pose.arms_agree = {1, 1};
        const cv::Point wrist = person.at(0.5, 0.8);
        pose.at(Joint::kLeftWrist) = {static_cast<float>(wrist.x), static_cast<float>(wrist.y), 0,
                                      1};
    }
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    cv::Mat hand(person.size, CV_8UC1, cv::Scalar(0));
    cv::circle(hand, person.at(0.47, 0.9), person.px(0.07), cv::Scalar(255), cv::FILLED);
    Patch painted_hand = sheet({{0, 0}, person.size}, {0, 0, 0, 0});
    painted_hand.rgba.setTo(person.skin + cv::Scalar(0, 0, 0, 255), hand);
    Composite().paint(*frame, painted_hand);
    classes::LabelView labels;
    const auto put_hand = [&](PersonClasses& classes) {
        const auto seen_on = [&](cv::Matx23d from_shown, cv::Size size) {
            cv::Mat plane;
            cv::warpAffine(hand, plane, from_shown, size, cv::INTER_LINEAR);
            return plane;
        };
        labels = *classes.labels;
        for (cv::Mat& plane : labels.probability) {
            plane = plane.clone();
        }
        if (is_labeled) {
            cv::max(labels.of(Label::kHand), seen_on(inverse(labels.shown_from_view), labels.size),
                    labels.of(Label::kHand));
        }
        classes.labels = &labels;
        const cv::Size size = classes.probability[0].size();
        const cv::Mat there = seen_on(classes.classes_from_shown, size) > 127;
        for (std::size_t c = 0; c < kSurfaceCount; ++c) {
            const bool is_skin = c == static_cast<std::size_t>(Surface::kSkin);
            classes.probability[c].setTo(is_skin ? 255 : 0, there);
        }
    };
    Scene scene;
    const auto below = scene.frame_of(person, pose, vest(person), *frame, put_hand);
    REQUIRE(below);
    CHECK(pixel(*below, person.at(0.47, 0.6))[3] > 200);  // old clothes above it go
    cv::erode(hand, hand, cv::getStructuringElement(cv::MORPH_RECT, {5, 5}));
    int painted = 0;
    for (int y = 0; y < hand.rows; ++y) {
        for (int x = 0; x < hand.cols; ++x) {
            painted += hand.at<std::uint8_t>(y, x) != 0 && pixel(*below, {x, y})[3] > 60 ? 1 : 0;
        }
    }
    CHECK(painted <= (is_labeled ? 0 : 12));  // of 150
}

TEST_CASE("hardly anything of the old clothes is left") {
    const LabeledPerson& person = drawn();
    Scene scene;
    const auto below = scene.frame_of(person, person.pose());
    REQUIRE(below);
    cv::Mat old = person.truth(Surface::kUpperClothes);
    int before = 0, after = 0;
    for (int y = 0; y < person.size.height; ++y) {
        for (int x = 0; x < person.size.width; ++x) {
            if (old.at<std::uint8_t>(y, x) == 0 || pixel(scene.garment, {x, y})[3] > 127) {
                continue;
            }
            ++before;
            after += pixel(*below, {x, y})[3] < 128 ? 1 : 0;
        }
    }
    REQUIRE(before > 4000);
    CHECK(after < before / 50);
}

TEST_CASE("beside a garment that ends where the old clothes do hardly anything is painted") {
    const LabeledPerson& person = drawn();
    const cv::Mat old = person.truth(Surface::kUpperClothes);
    Patch same = sheet({{0, 0}, person.size}, {0, 0, 0, 0});
    same.rgba.setTo(cv::Scalar(200, 30, 30, 255), old);
    Scene scene;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto below = scene.frame_of(person, person.pose(), same, *frame, [](PersonClasses&) {});
    cv::Mat ring;  // two pixels around the garment
    cv::dilate(old, ring, cv::getStructuringElement(cv::MORPH_RECT, {5, 5}));
    ring &= ~old;
    int painted = 0, beyond = 0;
    for (int y = 0; y < old.rows && below; ++y) {
        for (int x = 0; x < old.cols; ++x) {
            if (old.at<std::uint8_t>(y, x) == 0 && pixel(*below, {x, y})[3] > 127) {
                ++(ring.at<std::uint8_t>(y, x) != 0 ? painted : beyond);
            }
        }
    }
    CHECK(painted < cv::countNonZero(ring) / 3);
    CHECK(beyond < cv::countNonZero(ring) / 10);
}

TEST_CASE("painted colors are the frame's own in every pixel format with color") {
    const LabeledPerson& person = drawn();
    for (const AVPixelFormat format : paintable_formats()) {
        if (is_gray(format)) {
            continue;
        }
        CAPTURE(name_of(format));
        Scene scene;
        const AvFrame frame = person.frame(format);
        const auto below =
            scene.frame_of(person, person.pose(), vest(person), *frame, [](PersonClasses&) {});
        REQUIRE(below);
        const cv::Rect arm = align_to_chroma({person.at(0.60, 0.40), person.at(0.66, 0.5)});
        const cv::Rect bare = align_to_chroma({person.at(0.61, 0.90), person.at(0.67, 1.0)});
        cv::Mat painted, seen;
        Composite().paint(*frame, *below);
        REQUIRE(occlusion::read_colors(*frame, arm, painted));
        REQUIRE(occlusion::read_colors(*frame, bare, seen));
        const cv::Scalar off = cv::mean(painted) - cv::mean(seen);
        CHECK(std::abs(off[0]) < 14);
        CHECK(std::abs(off[1]) < 5);
        CHECK(std::abs(off[2]) < 5);
    }
}

TEST_CASE("a dress has no trousers under it and is left below the hem") {
    const LabeledPerson& person = drawn();
    Scene scene;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto below =
        scene.frame_of(person, person.pose(), vest(person), *frame, [](PersonClasses& classes) {
            auto& planes = classes.probability;
            cv::Mat& upper = planes[3];
            cv::add(upper, planes[4], upper);
            planes[4].setTo(0);
        });
    CHECK(scene.stage.counts().left[static_cast<std::size_t>(LeftClothes::kBelowHem)] == 1);
    if (below) {
        CHECK(pixel(*below, person.at(0.0, 1.36))[3] == 0);
    }
}

TEST_CASE("decisions hold over time") {
    removal::Gate gate;
    CHECK(gate.decide(true, 0));
    for (int i = 0; i < 50; ++i) {  // doubt now and then
        CHECK(gate.decide(i % 4 != 0, 0.04));
    }
    CHECK(gate.fade() == 1);
    for (int i = 0; i < 15; ++i) {
        gate.decide(false, 0.04);
    }
    CHECK_FALSE(gate.decide(false, 0.04));
    CHECK(gate.take_changes() == 1);
    CHECK_FALSE(gate.decide(true, 0.04));
    for (int i = 0; i < 30; ++i) {
        gate.decide(true, 0.04);
    }
    CHECK(gate.decide(true, 0.04));
    CHECK(gate.fade() == 1);
    CHECK(gate.take_changes() == 1);
}

TEST_CASE("a decision that looked ahead holds at once and need not be made again") {
    removal::Gate gate;
    CHECK_FALSE(gate.decide(false, 0, false));
    CHECK_FALSE(gate.decide(true, 0.04, false));
    CHECK(gate.decide(true, 0.04, true));
    CHECK(gate.fade() > 0);
    CHECK(gate.decide(false, 0.04, false));  // one frame closes nothing
    CHECK(gate.take_changes() == 1);
}

TEST_CASE("a bare chest is not taken away") {
    LabeledPerson person = drawn();
    person.upper = person.skin;
    Scene scene;
    auto labels = std::make_shared<PersonLabels>(*person.labels());
    cv::max(labels->of(Label::kSkin), labels->of(Label::kTorso), labels->of(Label::kSkin));
    cv::max(labels->of(Label::kSkin), labels->of(Label::kUpperArm), labels->of(Label::kSkin));
    Pose pose = person.pose();
    pose.labels = labels;
    CHECK_FALSE(scene.frame_of(person, pose));
    CHECK(scene.stage.counts().removed == 0);
}

TEST_CASE("old clothes between hair and the garment become hair") {
    for (const bool strand : {true, false}) {
        CAPTURE(strand);
        LabeledPerson person = drawn();
        person.strand = strand;
        Patch cut = vest(person);  // as around the strand
        const cv::Rect around(person.at(0.16, -0.02), person.at(0.42, 0.5));
        cut.rgba(around - cut.where.tl()).setTo(cv::Scalar::all(0));
        const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
        Scene scene;
        const auto below =
            scene.frame_of(person, person.pose(), cut, *frame, [](PersonClasses&) {});
        REQUIRE(below);
        check_color(*below, person.at(0.355, 0.15), strand ? person.hair : person.skin, kAlike);
    }
}

TEST_CASE("a bag beside old trousers stays whole") {
    LabeledPerson person = drawn();
    person.bag = cv::Scalar(200, 30, 30);
    Scene scene(GarmentKind::kShorts);
    const Patch shorts = sheet(align_to_chroma({person.at(-0.4, 1.5), person.at(0.4, 2.0)}));
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto below = scene.frame_of(person, person.pose(), shorts, *frame, [](PersonClasses&) {});
    REQUIRE(below);
    check_color(*below, person.at(-0.2, 2.6), person.skin, kAlike);
    for (const double x : {0.33, 0.4, 0.45, 0.6, 0.9}) {
        CAPTURE(x);
        CHECK(pixel(*below, person.at(x, 2.25))[3] < 30);
    }
}

TEST_CASE("socks below shorts stay on") {
    const LabeledPerson& person = drawn();
    const cv::Rect inner(person.at(-0.42, 1.4), person.at(0.42, 2.0));
    Pose pose = person.pose();
    const double knee = person.at(0, 2.5).y;
    for (const auto& [joint, x] : {std::pair(Joint::kLeftKnee, 0.2), {Joint::kRightKnee, -0.2}}) {
        pose.at(joint) = {static_cast<float>(person.at(x, 0).x), static_cast<float>(knee), 0, 1};
    }
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto lowest_painted = [&](bool knees_are_bare) {
        Scene scene(GarmentKind::kShorts);
        const auto painted = scene.frame_of(
            person, pose, sheet(align_to_chroma(inner)), *frame, [&](PersonClasses& classes) {
                const double row = apply(classes.classes_from_shown, cv::Point2d(0, knee)).y;
                const cv::Range bare(cvRound(row) - 6, cvRound(row) + 7);
                if (knees_are_bare) {
                    classes.probability[static_cast<std::size_t>(Surface::kLowerClothes)]
                        .rowRange(bare)
                        .setTo(0);
                }
            });
        REQUIRE(painted);
        int lowest = 0;
        for (int y = 0; y < painted->rgba.rows; ++y) {
            for (int x = 0; x < painted->rgba.cols; ++x) {
                lowest = painted->rgba.at<cv::Vec4b>(y, x)[3] > 128 ? painted->where.y + y : lowest;
            }
        }
        return lowest;
    };
    CHECK(lowest_painted(false) > knee + 30);
    CHECK(lowest_painted(true) < knee + 10);
}

TEST_CASE("a shadow on what becomes ground goes, others stay") {
    const LabeledPerson& person = drawn();
    Scene scene;
    Patch laid = vest(person);
    const auto put_shadow = [&](cv::Point at) {
        laid.rgba.at<cv::Vec4b>(at.y - laid.where.y, at.x - laid.where.x) = {0, 0, 0, 40};
    };
    const cv::Point beside(person.at(0.42, 0.6) + cv::Point(3, 0));
    const cv::Point under(person.at(0.0, 1.2) + cv::Point(0, 3));
    put_shadow(beside);
    put_shadow(under);
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    REQUIRE(scene.frame_of(person, person.pose(), laid, *frame, [](PersonClasses&) {}));
    CHECK(pixel(scene.garment, beside)[3] < 8);
    CHECK(pixel(scene.garment, under)[3] == 40);
}

TEST_CASE("a cut forgets all, and two runs are the same") {
    LabeledPerson dark = drawn();
    dark.skin = {90, 60, 45};
    dark.ground = {60, 90, 120};
    const LabeledPerson& person = drawn();
    Scene fresh, used, again;
    const auto expected = fresh.frame_of(person, person.pose());
    used.frame_of(dark, dark.pose());
    used.frame_of(dark, dark.pose());
    again.frame_of(dark, dark.pose());
    again.frame_of(dark, dark.pose());
    const auto first = used.frame_of(person, person.pose(), true);
    const auto second = again.frame_of(person, person.pose(), true);
    REQUIRE(expected);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(same_patch(*first, *expected));
    CHECK(same_patch(*first, *second));
}

TEST_CASE("two people keep their own skin") {
    LabeledPerson dark = drawn();
    dark.skin = {100, 65, 50};
    const LabeledPerson& person = drawn();
    Scene scene;
    Pose first = person.pose(), second = dark.pose();
    second.person_id = 1;
    std::optional<Patch> fair, other;
    for (int i = 0; i < 6; ++i) {
        fair = scene.frame_of(person, first);
        other = scene.frame_of(dark, second);
    }
    REQUIRE(fair);
    REQUIRE(other);
    check_color(*fair, person.at(0.63, 0.45), person.skin, kAlike);
    check_color(*other, person.at(0.63, 0.45), dark.skin, kAlike);
}

TEST_CASE("ground that was seen comes back where it is hidden") {
    const LabeledPerson& person = drawn();
    removal::CleanPlate plate;
    plate.begin_frame(person.size, true);
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    ClassFinder finder;
    finder.begin_frame(0, true);
    const Pose pose = person.pose();
    const Wearer wearer(pose);
    const PersonClasses& classes = *finder.find(wearer, *frame);
    removal::GridView view;
    removal::look_at(vest(person), wearer, classes, view);
    cv::Mat ground(view.size(), CV_8UC1, cv::Scalar(0)), none = ground.clone();
    ground.colRange(0, view.size().width / 2).setTo(255);
    cv::Mat colors, seen;
    for (int i = 0; i < 10; ++i) {
        plate.begin_frame(person.size, false);
        plate.learn(view, ground);
    }
    plate.read(view, colors, seen);
    const int row = view.size().height / 2;
    CHECK(int{seen.at<std::uint8_t>(row, 3)} >= int{removal::CleanPlate::kSure});
    CHECK(int{seen.at<std::uint8_t>(row, view.size().width - 3)} ==
          int{removal::CleanPlate::kUnknown});
    CHECK(cv::norm(colors.colRange(2, view.size().width / 2 - 2),
                   view.colors().colRange(2, view.size().width / 2 - 2), cv::NORM_INF) <= 2);
    // What is invented never replaces what was seen, and is kept.
    cv::Mat painted(view.size(), CV_8UC3, cv::Scalar(200, 100, 100));
    plate.invent(view, painted, cv::Mat(view.size(), CV_8UC1, cv::Scalar(255)));
    plate.read(view, colors, seen);
    CHECK(int{seen.at<std::uint8_t>(row, view.size().width - 3)} ==
          int{removal::CleanPlate::kInvented});
    CHECK(std::abs(colors.at<cv::Vec3b>(row, view.size().width - 3)[0] - 200) <= 1);
    CHECK(std::abs(colors.at<cv::Vec3b>(row, 3)[0] - view.colors().at<cv::Vec3b>(row, 3)[0]) <= 2);
    // The camera moves: another picture.
    LabeledPerson elsewhere = person;
    elsewhere.ground = {30, 60, 30};
    const AvFrame other = elsewhere.frame(AV_PIX_FMT_YUV420P);
    finder.begin_frame(1, true);
    removal::look_at(vest(person), wearer, *finder.find(wearer, *other), view);
    plate.begin_frame(person.size, false);
    plate.learn(view, ground);
    plate.read(view, colors, seen);
    CHECK(int{seen.at<std::uint8_t>(row, view.size().width - 3)} ==
          int{removal::CleanPlate::kUnknown});
}

TEST_CASE("no pose and no classes crash it") {
    const LabeledPerson& person = drawn();
    std::mt19937 random(7);
    const auto number = [&](double from, double to) {
        return std::uniform_real_distribution<double>(from, to)(random);
    };
    constexpr std::array kOdd{std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity(), -1e30F, 65000.0F, 0.0F};
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        Pose pose = person.pose();
        for (Keypoint& point : pose.keypoints) {
            if (number(0, 1) < 0.3) {
                point.x = static_cast<float>(number(-200, 900));
                point.y = static_cast<float>(number(-200, 700));
            }
            if (number(0, 1) < 0.04) {
                (number(0, 1) < 0.5 ? point.x : point.y) = kOdd[random() % kOdd.size()];
            }
        }
        Pose other = pose;
        other.box = {kOdd[random() % kOdd.size()], 10, 100, kOdd[random() % kOdd.size()]};
        Scene scene(static_cast<GarmentKind>(round % 7));
        scene.worn.open_front = round % 2 == 0;
        scene.stage.begin_frame(person.size, 0, true);
        scene.finder.begin_frame(0, true);
        const Wearer wearer(pose);
        const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
        const PersonClasses* found = scene.finder.find(wearer, *frame);
        if (found == nullptr) {
            continue;
        }
        PersonClasses classes = *found;
        for (cv::Mat& plane : classes.probability) {
            plane = plane.clone();
            if (round % 3 == 0) {
                cv::randu(plane, 0, 255);
            }
        }
        Patch laid = sheet(align_to_chroma(
            {static_cast<int>(number(-300, 600)), static_cast<int>(number(-300, 500)),
             static_cast<int>(number(2, 600)), static_cast<int>(number(2, 500))}));
        const auto uncut = alpha_of(laid);
        const auto below =
            scene.stage.remove(laid, uncut, std::make_shared<const Garment>(scene.worn), wearer,
                               *frame, classes, {&other});
        if (below) {
            CHECK(below->rgba.size() == below->where.size());
        }
    }
}

}  // namespace
