// What removal makes of arms, legs and throats.

#include <random>

#include <doctest/doctest.h>

#include "warp/removal/removal_scene.h"

namespace {

using namespace closet;
using namespace closet::test;

TEST_CASE("beyond the own cuff no forearm is invented where no skin is seen") {
    const LabeledPerson& person = drawn();
    Pose pose = person.pose();
    const cv::Point wrist = person.at(0.2, 1.4);  // in truth beside the hip
    pose.at(Joint::kLeftWrist) = {static_cast<float>(wrist.x), static_cast<float>(wrist.y), 0, 1};
    pose.arms_agree = {1, 1};
    const cv::Point on_forearm = person.at(0.3, 1.4);
    Scene scene;
    scene.own = OwnClothes{};
    scene.own->sleeve_end = {2, 2};
    scene.own->sleeve_seen = {1, 1};
    const auto long_sleeves = scene.frame_of(person, pose);
    REQUIRE(long_sleeves);
    check_color(*long_sleeves, on_forearm, person.skin, kAlike);
    scene.own->sleeve_end = {1, 1};
    const auto short_sleeves = scene.frame_of(person, pose);
    REQUIRE(short_sleeves);
    check_color(*short_sleeves, on_forearm, person.lower, 20);
    check_color(*short_sleeves, person.at(0.63, 0.45), person.skin, kAlike);
}

TEST_CASE("the shade of an old cuff is no skin's tone") {
    const LabeledPerson& person = drawn();
    cv::Mat shown = person.picture();
    // Where a cuff slants, what is seen beside it is all that is known of the skin up there.
    const cv::Rect shade(person.at(0.55, 0.54), person.at(0.71, 0.61));
    shown(shade).setTo(cv::Scalar(120, 90, 70, 255));
    cv::insertChannel(cv::Mat(shown.size(), CV_8UC1, cv::Scalar(255)), shown, 3);
    Scene scene;
    const auto below =
        painted_over(scene, person, person.pose(), shown,
                     [&](PersonClasses& classes) { set_class(classes, shade, Surface::kSkin); });
    REQUIRE(below);
    check_color(*below, person.at(0.63, 0.48), person.skin, kAlike);
}

TEST_CASE("an arm of which a strip in shade is seen gets the other arm's tone") {
    const LabeledPerson& person = drawn();
    cv::Mat shown = person.picture();
    const cv::Rect strip(person.at(-0.62, 0.78), person.at(0.0, 0.84));
    const cv::Rect hidden(person.at(-0.62, 0.64), person.at(0.0, 0.78));
    shown(hidden).setTo(cv::Scalar(40, 60, 160, 255));
    shown(strip) *= 0.55;
    cv::insertChannel(cv::Mat(shown.size(), CV_8UC1, cv::Scalar(255)), shown, 3);
    Scene scene;
    const auto below =
        painted_over(scene, person, person.pose(), shown, [&](PersonClasses& classes) {
            set_class(classes, hidden, Surface::kUpperClothes);
            set_class(classes, strip, Surface::kSkin);
        });
    REQUIRE(below);
    check_color(*below, person.at(-0.63, 0.35), person.skin, kAlike);
}

TEST_CASE("before a bare forearm is what the body wears") {
    const LabeledPerson& person = drawn();
    Pose pose = person.pose();
    const auto put = [&](Joint joint, cv::Point at) {
        pose.at(joint) = {static_cast<float>(at.x), static_cast<float>(at.y), 0, 1};
    };
    put(Joint::kLeftElbow, person.at(0.46, 0.75));
    put(Joint::kLeftWrist, person.at(0.4, 1.5));
    pose.arms_agree = {1, 1};
    // Of the forearm a strip is seen beside the old shirt.
    cv::Mat shown = person.picture();
    const cv::Rect strip(person.at(0.42, 0.78), person.at(0.5, 1.6));
    const cv::Rect erased(person.at(0.5, 0.78), person.at(0.9, 1.7));
    shown(erased).setTo(cv::Scalar(150, 150, 150, 255));
    shown(strip).setTo(cv::Scalar(210, 160, 130, 255));
    for (const double sleeve_end : {1.0, 2.0}) {
        Scene scene;
        scene.own = OwnClothes{};
        scene.own->sleeve_end = {sleeve_end, sleeve_end};
        scene.own->sleeve_seen = {1, 1};
        const auto below = painted_over(scene, person, pose, shown, [&](PersonClasses& classes) {
            set_class(classes, strip, Surface::kSkin);
            set_class(classes, erased, Surface::kGround);
        });
        REQUIRE(below);
        check_color(*below, person.at(0.35, 1.34), sleeve_end < 2 ? person.lower : person.skin,
                    kAlike);
    }
}

TEST_CASE("beside skirts and trousers no leg is thought to be where no knee tells it") {
    const LabeledPerson& person = drawn();
    Pose pose = person.pose();
    for (const Joint joint :
         {Joint::kLeftKnee, Joint::kRightKnee, Joint::kLeftAnkle, Joint::kRightAnkle}) {
        pose.at(joint).score = 0;
    }
    const cv::Rect inner(person.at(-0.28, -0.02), person.at(0.28, 3.1));
    Patch laid = sheet(align_to_chroma(inner));
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    for (const GarmentKind kind : {GarmentKind::kDress, GarmentKind::kJumpsuit,
                                   GarmentKind::kTrousers, GarmentKind::kShorts}) {
        CAPTURE(static_cast<int>(kind));
        Scene scene(kind);
        scene.worn.sleeves = Sleeves::kNone;
        const auto below = scene.frame_of(person, pose, laid, *frame, [](PersonClasses&) {});
        for (const double down : {1.9, 2.9}) {
            if (kind == GarmentKind::kShorts) {
                CHECK((!below || pixel(*below, person.at(0.35, down))[3] == 0));
            } else {
                REQUIRE(below);
                check_color(*below, person.at(0.35, down), person.ground, 20);
            }
        }
    }
}

TEST_CASE("under old clothes beside the neck is a shoulder, as high as they are") {
    const LabeledPerson& person = drawn();
    cv::Mat shown = person.picture();
    const cv::Rect raised(person.at(0.12, -0.3), person.at(0.34, -0.05));
    shown(raised).setTo(cv::Scalar(40, 60, 160, 255));
    Pose pose = person.pose();
    auto labels = std::make_shared<PersonLabels>(*pose.labels);
    cv::Mat& everybody = labels->of(Label::kPerson);
    everybody = everybody.clone();
    const cv::Matx23d& to = labels->labels_from_shown;
    everybody(cv::Rect(cv::Point(apply(to, cv::Point2d(raised.tl()))),
                       cv::Point(apply(to, cv::Point2d(raised.br()))))) = 255;
    pose.labels = labels;
    Scene scene;
    scene.worn.sleeves = Sleeves::kNone;
    const auto below = painted_over(scene, person, pose, shown, [&](PersonClasses& classes) {
        set_class(classes, raised, Surface::kUpperClothes);
    });
    REQUIRE(below);
    check_color(*below, person.at(0.25, -0.23), person.skin, kAlike);
}

TEST_CASE("beside the armpits there is no chest") {
    const LabeledPerson& person = drawn();
    Patch narrow = vest(person);
    const cv::Rect side(person.at(0.36, -0.02), person.at(0.42, 0.6));
    narrow.rgba(side - narrow.where.tl()).setTo(cv::Scalar::all(0));
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    Scene scene;
    scene.worn.sleeves = Sleeves::kNone;
    const auto below = scene.frame_of(person, person.pose(), narrow, *frame, [](PersonClasses&) {});
    REQUIRE(below);
    check_color(*below, person.at(0.38, 0.2), person.skin, kAlike);
    check_color(*below, person.at(0.41, 0.42), person.ground, 20);
}

TEST_CASE("no skin comes forth on a shoulder beside the new sleeve") {
    const LabeledPerson& person = drawn();
    Patch laid = vest(person);
    const cv::Rect sleeve(person.at(0.5, 0.17), person.at(0.76, 0.5));
    const cv::Rect where = align_to_chroma(laid.where | sleeve);
    Patch sleeved = sheet(where, {0, 0, 0, 0});
    laid.rgba.copyTo(sleeved.rgba(laid.where - where.tl()));
    sleeved.rgba(sleeve - where.tl()).setTo(cv::Scalar(200, 30, 30, 255));
    const cv::Point on_shoulder = person.at(0.62, 0.04), on_arm = person.at(0.63, 0.68);
    for (const Sleeves sleeves : {Sleeves::kNone, Sleeves::kShort}) {
        Scene scene;
        scene.worn.sleeves = sleeves;
        const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
        const auto below =
            scene.frame_of(person, person.pose(), sleeved, *frame, [](PersonClasses&) {});
        REQUIRE(below);
        check_color(*below, on_shoulder, sleeves == Sleeves::kNone ? person.skin : person.ground,
                    kAlike);
        check_color(*below, on_arm, person.skin, kAlike);
    }
}

TEST_CASE("an arm whose wrist was under a cuff goes on to its hand") {
    const LabeledPerson& person = drawn();
    Pose pose = person.pose();
    const cv::Point wrist = person.at(0.64, 1.12);  // the hand begins at 1.43
    pose.at(Joint::kLeftWrist) = {static_cast<float>(wrist.x), static_cast<float>(wrist.y), 0, 1};
    pose.arms_agree = {1, 1};
    Scene scene;
    const auto below = frame_of(
        scene, person, pose, vest(person),
        {{{person.at(0.5, 0.7), person.at(0.8, 1.43)}, person.upper, Surface::kUpperClothes}});
    REQUIRE(below);
    check_color(*below, person.at(0.64, 1.0), person.skin, kAlike);
    check_color(*below, person.at(0.65, 1.36), person.skin, kAlike);
    CHECK(pixel(*below, person.at(0.67, 1.55))[3] == 0);
}

TEST_CASE("a cuff of another color goes with its sleeve") {
    const LabeledPerson& person = drawn();
    const cv::Rect cuff(person.at(0.53, 0.78), person.at(0.75, 0.92));
    for (const bool is_yellow : {true, false}) {
        Scene scene;
        const auto below =
            frame_of(scene, person, person.pose(), vest(person),
                     {{cuff, is_yellow ? cv::Scalar(220, 180, 40) : person.skin, Surface::kSkin}});
        REQUIRE(below);
        if (is_yellow) {
            check_color(*below, person.at(0.64, 0.85), person.skin, kAlike);
        } else {
            CHECK(pixel(*below, person.at(0.64, 0.88))[3] == 0);
        }
    }
}

TEST_CASE("what has the color of skin above a cuff is a sleeve") {
    const LabeledPerson& person = drawn();
    const RepaintedArm sleeve{
        {person.at(0.5, 0.15), person.at(0.75, 0.5)}, {245, 195, 165}, Surface::kSkin};
    for (const bool has_cuff : {true, false}) {
        std::vector<RepaintedArm> parts{sleeve};
        if (!has_cuff) {
            parts.push_back(
                {{person.at(0.5, 0.5), person.at(0.75, 0.88)}, person.skin, Surface::kSkin});
        }
        Scene scene;
        const auto below = frame_of(scene, person, person.pose(), vest(person), parts);
        REQUIRE(below);
        CHECK((pixel(*below, person.at(0.63, 0.33))[3] > 200) == has_cuff);
    }
}

TEST_CASE("a bare arm beside the new sleeve goes") {
    const LabeledPerson& person = drawn();
    const RepaintedArm bare{
        {person.at(0.5, 0.1), person.at(0.75, 0.8)}, person.skin, Surface::kSkin};
    Patch laid = vest(person);
    const cv::Rect sleeve(person.at(0.62, 0.05), person.at(0.8, 1.4));  // inside of it arm is seen
    const cv::Rect where = align_to_chroma(laid.where | sleeve);
    Patch sleeved = sheet(where, {0, 0, 0, 0});
    laid.rgba.copyTo(sleeved.rgba(laid.where - where.tl()));
    sleeved.rgba(sleeve - where.tl()).setTo(cv::Scalar(200, 30, 30, 255));
    for (const Sleeves sleeves : {Sleeves::kNone, Sleeves::kLong}) {
        Scene scene;
        scene.worn.sleeves = sleeves;
        const auto below = frame_of(scene, person, person.pose(), sleeved, {bare});
        REQUIRE(below);
        if (sleeves == Sleeves::kNone) {
            CHECK(pixel(*below, person.at(0.55, 0.45))[3] == 0);
        } else {
            check_color(*below, person.at(0.55, 0.45), person.ground, 12);
        }
    }
}

TEST_CASE("the farther arm of somebody in profile is not before the body") {
    const LabeledPerson& person = drawn();
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    for (const bool is_called_arm : {false, true}) {
        for (const float to_side : {-1.0F, 0.0F, 1.0F}) {
            Pose pose = person.pose();
            pose.facing = {to_side * 1.5F, 1};
            pose.arms_agree = {1, 1};
            Scene scene;
            classes::LabelView labels;
            const auto below =
                scene.frame_of(person, pose, vest(person), *frame, [&](PersonClasses& classes) {
                    labels = *classes.labels;
                    cv::Mat& upper_arm =
                        labels.probability[static_cast<std::size_t>(Label::kUpperArm)];
                    upper_arm = is_called_arm ? upper_arm : cv::Mat(upper_arm.size(), CV_8UC1, 0.0);
                    classes.labels = &labels;
                });
            REQUIRE(below);
            const bool is_hidden = !is_called_arm && to_side > 0;
            check_color(*below, person.at(0.63, 0.45), is_hidden ? person.ground : person.skin,
                        kAlike);
        }
    }
}

TEST_CASE("without skin to learn from sleeves are left") {
    const LabeledPerson& person = drawn();
    Scene scene;
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto below =
        scene.frame_of(person, person.pose(), vest(person), *frame, [](PersonClasses& classes) {
            auto& planes = classes.probability;
            cv::add(planes[0], planes[1], planes[0]);
            planes[1].setTo(0);
        });
    CHECK(scene.stage.counts().left[static_cast<std::size_t>(LeftClothes::kSleeves)] == 1);
    if (below) {
        CHECK(pixel(*below, person.at(0.63, 0.45))[3] == 0);
    }
}

TEST_CASE("arms that are not where the pose is are left") {
    const LabeledPerson& person = drawn();
    Scene scene;
    Pose pose = person.pose();
    for (const Joint joint : {Joint::kLeftElbow, Joint::kLeftWrist}) {  // stretched out
        const cv::Point p = person.at(joint == Joint::kLeftElbow ? 1.2 : 1.9, 0.05);
        pose.at(joint) = {static_cast<float>(p.x), static_cast<float>(p.y), 0, 1};
    }
    const auto below = scene.frame_of(person, pose);
    REQUIRE(below);
    CHECK(pixel(*below, person.at(0.63, 0.45))[3] == 0);
    CHECK(pixel(*below, person.at(-0.63, 0.45))[3] > 200);
}

TEST_CASE("an elbow that is not seen for a moment changes nothing, for long it does") {
    const LabeledPerson& person = drawn();
    Scene scene;
    Pose pose = person.pose();
    pose.person_id = 3;
    for (int i = 0; i < 5; ++i) {
        REQUIRE(scene.frame_of(person, pose));
    }
    Pose blind = pose;
    blind.at(Joint::kLeftElbow).score = 0;
    for (int i = 0; i < 6; ++i) {
        const auto below = scene.frame_of(person, blind);
        REQUIRE(below);
        check_color(*below, person.at(0.63, 0.45), person.skin, kAlike);
    }
    CHECK(scene.stage.counts().changes == std::array<std::int64_t, kOldParts>{});
    std::optional<Patch> below;
    for (int i = 0; i < 30; ++i) {
        below = scene.frame_of(person, blind);
    }
    REQUIRE(below);
    CHECK(pixel(*below, person.at(0.63, 0.45))[3] == 0);
    CHECK(scene.stage.counts().changes[static_cast<std::size_t>(OldPart::kArms)] == 1);
}

TEST_CASE("what is painted of a limb does not tremble with the pose") {
    const LabeledPerson& person = drawn();
    Scene scene;
    const Pose still = person.pose();
    double most = 0;
    std::optional<Patch> before;
    std::mt19937 random(3);
    std::uniform_real_distribution<float> trembling(-0.3F, 0.3F);
    for (int i = 0; i < 12; ++i) {
        Pose pose = still;
        pose.person_id = 3;
        for (const Joint joint : {Joint::kLeftElbow, Joint::kLeftWrist}) {
            pose.at(joint).x += trembling(random);
        }
        auto below = scene.frame_of(person, pose);
        REQUIRE(below);
        const cv::Point edge = person.at(0.5, 0.4);
        for (int x = -8; before && x <= 8; ++x) {
            const cv::Vec4b was = pixel(*before, edge + cv::Point(x, 0));
            const cv::Vec4b is = pixel(*below, edge + cv::Point(x, 0));
            most = i > 3 && was[3] > 200 && is[3] > 200
                       ? std::max(most, double(std::abs(was[0] - is[0])))
                       : most;
        }
        before = std::move(below);
    }
    CHECK(most < 10);
}

TEST_CASE("sleeves are taken away as soon as it is known that arms stay where they are") {
    const LabeledPerson& person = drawn();
    Pose wrong = person.pose();
    wrong.person_id = 1;
    for (const Joint joint : {Joint::kLeftElbow, Joint::kLeftWrist}) {  // stretched out
        const cv::Point p = person.at(joint == Joint::kLeftElbow ? 1.2 : 1.9, 0.05);
        wrong.at(joint) = {static_cast<float>(p.x), static_cast<float>(p.y), 0, 1};
    }
    for (const float agree : {-1.0F, 0.9F}) {
        CAPTURE(agree);
        Scene scene;
        scene.frame_of(person, wrong, true);
        Pose right = person.pose();
        right.person_id = 1;
        right.arms_agree = {agree, agree};
        std::optional<Patch> below;
        for (int i = 0; i < 5; ++i) {
            below = scene.frame_of(person, right);
        }
        REQUIRE(below);
        CHECK((pixel(*below, person.at(0.63, 0.45))[3] > 100) == (agree > 0));
    }
}

TEST_CASE("invented skin is lit from the side that the sleeve over it is lit from") {
    cv::Mat colors(60, 60, CV_8UC3), none(60, 60, CV_8UC1, cv::Scalar(0)), all = none.clone();
    all.setTo(255);
    removal::LimbPart limb{{0, 0, 60, 60}, cv::Mat1f(60, 60), cv::Mat1f(60, 60), cv::Mat1b(60, 60)};
    limb.is_limb.setTo(255);
    for (int y = 0; y < 60; ++y) {
        for (int x = 0; x < 60; ++x) {
            limb.along(y, x) = static_cast<float>(y) / 30;
            limb.across(y, x) = static_cast<float>(x - 30) / 30;
            colors.at<cv::Vec3b>(y, x) = {static_cast<std::uint8_t>(80 + x), 110, 140};
        }
    }
    PersonClasses classes;
    classes.probability = {none, none, none, all, none};
    classes.colors = &colors;
    removal::GridView view;
    view.classes = &classes;
    view.unit = 40;
    const cv::Vec3f skin(150, 110, 150);
    CHECK_FALSE(removal::read_tone(view, limb, Surface::kUpperClothes, {}));
    const auto lit = removal::read_tone(view, limb, Surface::kUpperClothes, skin);
    REQUIRE(lit);
    CHECK(lit->at(1, 0.7F)[0] > lit->at(1, -0.7F)[0] + 10);
    CHECK(std::abs(lit->at(1, 0)[0] - skin[0]) < 10);
    const auto unlit = removal::read_tone(view, limb, Surface::kLowerClothes, skin);
    REQUIRE(unlit);
    CHECK(std::abs(unlit->at(1, 0.7F)[0] - unlit->at(1, -0.7F)[0]) < 0.01F);
    CHECK(unlit->at(1, 0.9F)[0] < unlit->at(1, 0)[0] - 10);  // round
}

TEST_CASE("old trousers beside shorts become legs and ground") {
    const LabeledPerson& person = drawn();
    Scene scene(GarmentKind::kShorts);
    const cv::Rect inner(person.at(-0.42, 1.4), person.at(0.42, 2.0));
    const cv::Rect where = align_to_chroma(inner);
    Pose pose = person.pose();
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto below = scene.frame_of(person, pose, sheet(where), *frame, [](PersonClasses&) {});
    REQUIRE(below);
    check_color(*below, person.at(0.3, 2.6), person.skin, kAlike);
    check_color(*below, person.at(-0.3, 2.6), person.skin, kAlike);
    check_color(*below, person.at(0.0, 3.0), person.ground, 14);
    CHECK(pixel(*below, person.at(0.0, 1.0))[3] == 0);  // the shirt stays
}

TEST_CASE("bare legs begin at the hem, wherever it lies") {
    const LabeledPerson& person = drawn();
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    for (double hem = 1.85; hem < 2.15; hem += 0.02) {
        CAPTURE(hem);
        Scene scene(GarmentKind::kSkirt);
        const cv::Rect where = align_to_chroma(cv::Rect(person.at(-0.8, 1.4), person.at(0.8, hem)));
        Patch laid = sheet(where);  // its hem is an arch
        const cv::Point top(person.at(0, 0).x - where.x, where.height - 24);
        cv::fillConvexPoly(
            laid.rgba, std::vector<cv::Point>{top, {0, where.height}, {where.width, where.height}},
            cv::Scalar::all(0));
        const auto below =
            scene.frame_of(person, person.pose(), laid, *frame, [](PersonClasses&) {});
        REQUIRE(below);
        // Just below the hem there, on the leg's inner side.
        const int x = person.at(0.2, 0).x, inwards = where.br().x - x;
        check_color(*below, {x, where.br().y - 24 * inwards / (where.width / 2) + 4}, person.skin,
                    kAlike);
    }
}

/// Shorts over the trousers; `left` moves the left knee and ankle so far aside, and skin is seen
/// between the shins, `skin` shoulder widths high.
std::optional<Patch> below_shorts(const LabeledPerson& person, double left, double skin = 0) {
    Scene scene(GarmentKind::kShorts);
    const cv::Rect inner(person.at(-0.42, 1.4), person.at(0.42, 2.0));
    Pose pose = person.pose();
    for (const Joint joint : {Joint::kLeftKnee, Joint::kLeftAnkle}) {
        pose.at(joint).x += static_cast<float>(left * person.unit());
    }
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto show_skin = [&](PersonClasses& classes) {
        const auto place = [&](double x, double y) {
            return cv::Point(apply(classes.classes_from_shown, cv::Point2d(person.at(x, y))));
        };
        classes.probability[static_cast<std::size_t>(Surface::kSkin)](
            cv::Rect(place(-0.05, 2.5), place(0.05, 2.5 + skin))) = 255;
    };
    return scene.frame_of(person, pose, sheet(align_to_chroma(inner)), *frame, show_skin);
}

TEST_CASE("above a new waistband no leg is bare") {
    const LabeledPerson& person = drawn();
    Scene scene(GarmentKind::kShorts);
    const cv::Rect inner(person.at(-0.42, 1.8), person.at(0.42, 2.3));
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    const auto below = scene.frame_of(person, person.pose(), sheet(align_to_chroma(inner)), *frame,
                                      [](PersonClasses&) {});
    REQUIRE(below);
    CHECK(pixel(*below, person.at(-0.3, 1.7))[3] == 0);
    CHECK(pixel(*below, person.at(0.3, 1.7))[3] == 0);
    check_color(*below, person.at(-0.3, 2.7), person.skin, kAlike);
}

TEST_CASE("legs are bare both or none") {
    const LabeledPerson& person = drawn();
    const auto below = below_shorts(person, 1.2);
    const auto at = [&](double x) { return below ? pixel(*below, person.at(x, 2.6))[3] : 0; };
    CHECK(at(-0.3) == 0);
    CHECK(at(0.3) == 0);
}

TEST_CASE("a little skin beside the legs is no sign of another pose, much of it is") {
    const LabeledPerson& person = drawn();
    const auto little = below_shorts(person, 0, 0.3), much = below_shorts(person, 0, 0.9);
    REQUIRE(little);
    CHECK(pixel(*little, person.at(-0.3, 2.6))[3] > 200);
    CHECK((!much || pixel(*much, person.at(-0.3, 2.6))[3] == 0));
}

TEST_CASE("where a collar hides the neck it gets the face's color, lit below the chin's shadow") {
    const LabeledPerson& person = drawn();
    const auto below = [&](double collar_from, double shadow_from) {
        const cv::Rect collar(person.at(-0.24, collar_from), person.at(0.24, 0.0));
        const cv::Rect shadow(person.at(-0.15, shadow_from), person.at(0.15, collar_from + 0.05));
        cv::Mat shown = person.picture();
        shown(collar).setTo(cv::Scalar(40, 60, 160, 255));
        shown(shadow).setTo(cv::Scalar(150, 114, 93, 255));
        Scene scene;
        return painted_over(scene, person, person.pose(), shown, [&](PersonClasses& classes) {
            set_class(classes, collar, Surface::kUpperClothes);
            set_class(classes, shadow, Surface::kSkin);
        });
    };
    // A few pixels of shadow at the edge tell nothing; and where most of a face is in it, its
    // lighter part tells of the chest.
    const auto whole_face = below(-0.64, -0.6), little_face = below(-0.5, -0.7);
    REQUIRE(whole_face);
    REQUIRE(little_face);
    check_color(*whole_face, person.at(0.0, -0.12), person.skin, kAlike);
    check_color(*little_face, person.at(0.0, -0.03), person.skin, kAlike);
}

}  // namespace
