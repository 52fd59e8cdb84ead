#include "warp/removal/removal.h"

#include <limits>
#include <random>

#include <doctest/doctest.h>

#include "core/color.h"
#include "warp/classes/labeled_person.h"

namespace {

using namespace closet;
using namespace closet::test;

/// Upper arms in sleeves, no strand, so that all is seen.
const LabeledPerson& drawn() {
    static const LabeledPerson kDrawn = [] {
        LabeledPerson person({640, 480});
        person.strand = false;
        return person;
    }();
    return kDrawn;
}

/// A sleeveless garment that ends above the old shirt's hem (1.5) and inside of its sides.
Patch vest(const LabeledPerson& person) {
    const cv::Rect inner(person.at(-0.42, -0.02), person.at(0.42, 1.2));
    const cv::Rect where =
        align_to_chroma({inner.tl() - cv::Point(6, 6), inner.size() + cv::Size(12, 12)});
    Patch patch = sheet(where, {0, 0, 0, 0});
    patch.rgba(inner - where.tl()).setTo(cv::Scalar(200, 30, 30, 255));
    return patch;
}

Removal::UncutAlpha alpha_of(const Patch& patch) {
    Removal::UncutAlpha uncut{patch.where, {}};
    cv::extractChannel(patch.rgba, uncut.alpha, 3);
    return uncut;
}

/// A wardrobe of one, before a camera.
struct Scene {
    Removal stage;
    ClassFinder finder;
    Garment worn;
    Patch garment;
    std::optional<OwnClothes> own;  ///< the wearer's
    double seconds = 0;

    explicit Scene(GarmentKind kind = GarmentKind::kTop) { worn.kind = kind; }

    /// `change` may alter what the classes and labels say.
    template <class Change>
    std::optional<Patch> frame_of(const LabeledPerson& person, const Pose& pose, const Patch& laid,
                                  AVFrame& frame, Change&& change, bool cut = false) {
        stage.begin_frame(person.size, seconds, cut);
        finder.begin_frame(seconds, cut);
        seconds += 0.04;
        Wearer wearer(pose);
        wearer.own = own;
        const occlusion::ShownPicture picture(frame);
        const PersonClasses* found = finder.find(wearer, picture);
        REQUIRE(found != nullptr);
        PersonClasses classes = *found;
        for (cv::Mat& plane : classes.probability) {
            plane = plane.clone();
        }
        change(classes);
        garment = {laid.where, laid.rgba.clone()};
        return stage.remove(garment, alpha_of(laid), std::make_shared<const Garment>(worn), wearer,
                            picture, classes, {});
    }
    std::optional<Patch> frame_of(const LabeledPerson& person, const Pose& pose, bool cut = false) {
        const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
        return frame_of(
            person, pose, vest(person), *frame, [](PersonClasses&) {}, cut);
    }
};

cv::Vec4b pixel(const Patch& patch, cv::Point at) {
    return patch.where.contains(at)
               ? patch.rgba.at<cv::Vec4b>(at.y - patch.where.y, at.x - patch.where.x)
               : cv::Vec4b(0, 0, 0, 0);
}

void check_color(const Patch& patch, cv::Point at, cv::Scalar rgb, int tolerance) {
    const cv::Vec4b p = pixel(patch, at);
    CAPTURE(at.x);
    CAPTURE(at.y);
    CAPTURE(int{p[0]});
    CAPTURE(int{p[1]});
    CAPTURE(int{p[2]});
    CHECK(p[3] > 200);
    for (int c = 0; c < 3; ++c) {
        CHECK(std::abs(p[c] - rgb[c]) <= tolerance);
    }
}

constexpr int kAlike = 30;  ///< levels: skin is drawn flat, limbs are painted round

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

TEST_CASE("a limb of which cloth hides an edge lies where its other edge is") {
    using removal::LimbOutline;
    constexpr double kUnit = 100;
    const auto outline = [](float hidden_to) {
        LimbOutline::Seen seen;
        for (double along = 0.9; along < 1.95; along += 0.01) {
            for (float across = -30; across <= 30; ++across) {
                seen.add(along, across,
                         across > 2           ? LimbOutline::Part::kGround
                         : across > hidden_to ? LimbOutline::Part::kSkin
                         : across > -19       ? LimbOutline::Part::kOther
                         : hidden_to > -19    ? LimbOutline::Part::kOther
                                              : LimbOutline::Part::kGround);
            }
        }
        LimbOutline result(removal::LimbKind::kArm, kUnit);
        LimbOutline::Known known;
        result.learn(seen, 1, known);
        return result;
    };
    // The bone is put on the arm's edge; most of the arm is hidden, or nothing of it.
    for (const float hidden_to : {-3.0F, -19.0F}) {
        CAPTURE(hidden_to);
        const LimbOutline arm = outline(hidden_to);
        CHECK(arm.inside(0.7, 6) == 0);
        CHECK(arm.inside(0.7, -15) == 1);
        CHECK(arm.inside(1.3, 5) == 0);
        CHECK(arm.inside(1.3, -15) == 1);
    }
}

/// What is seen in `shown` (shown pixels) is of one class.
void set_class(PersonClasses& classes, cv::Rect shown, Surface surface) {
    const cv::Matx23d& to = classes.classes_from_shown;
    const cv::Rect where(cv::Point(apply(to, cv::Point2d(shown.tl()))),
                         cv::Point(apply(to, cv::Point2d(shown.br()))));
    for (std::size_t i = 0; i < kSurfaceCount; ++i) {
        classes.probability[i](where) = i == static_cast<std::size_t>(surface) ? 255 : 0;
    }
}

/// A frame of `person`, of which the picture and the classes were changed.
template <class Change>
std::optional<Patch> painted_over(Scene& scene, const LabeledPerson& person, const Pose& pose,
                                  const cv::Mat& shown, Change&& change) {
    const AvFrame frame = noise_frame(AV_PIX_FMT_YUV420P, person.size, 1);
    Composite().paint(*frame, {{{0, 0}, person.size}, shown});
    return scene.frame_of(person, pose, vest(person), *frame, change);
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

TEST_CASE("beside a skirt no leg is thought to be, known or not") {
    const LabeledPerson& person = drawn();
    Pose pose = person.pose();
    for (const Joint knee : {Joint::kLeftKnee, Joint::kRightKnee}) {
        pose.at(knee).score = 0;
    }
    const cv::Rect inner(person.at(-0.28, -0.02), person.at(0.28, 2.6));
    Patch laid = sheet(align_to_chroma(inner));
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    for (const GarmentKind kind : {GarmentKind::kDress, GarmentKind::kJumpsuit}) {
        Scene scene(kind);
        scene.worn.sleeves = Sleeves::kNone;
        const auto below = scene.frame_of(person, pose, laid, *frame, [](PersonClasses&) {});
        REQUIRE(below);
        if (kind == GarmentKind::kDress) {
            check_color(*below, person.at(0.35, 1.9), person.ground, 20);
        } else {
            CHECK(pixel(*below, person.at(0.35, 1.9))[3] == 0);
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

/// Paints a part of the person's left arm and makes it one of the classes.
struct RepaintedArm {
    cv::Rect where;
    cv::Scalar color;
    Surface surface;

    void paint(AVFrame& frame) const {
        const cv::Rect even = align_to_chroma(where);
        Composite().paint(frame, sheet(even, {color[0], color[1], color[2], 255}));
    }
    void set(PersonClasses& classes) const {
        cv::Mat there(cv::Size(640, 480), CV_8UC1, cv::Scalar(0)), on_grid;
        there(where).setTo(255);
        cv::warpAffine(there, on_grid, classes.classes_from_shown, classes.probability[0].size(),
                       cv::INTER_LINEAR);
        for (std::size_t c = 0; c < kSurfaceCount; ++c) {
            const bool is_this = c == static_cast<std::size_t>(surface);
            classes.probability[c].setTo(is_this ? 255 : 0, on_grid > 127);
        }
    }
};

std::optional<Patch> frame_of(Scene& scene, const LabeledPerson& person, const Pose& pose,
                              const Patch& laid, const std::vector<RepaintedArm>& parts) {
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    for (const RepaintedArm& part : parts) {
        part.paint(*frame);
    }
    return scene.frame_of(person, pose, laid, *frame, [&](PersonClasses& classes) {
        for (const RepaintedArm& part : parts) {
            part.set(classes);
        }
    });
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
