#include "warp/classes/own_clothes.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "core/picture_geometry.h"
#include "warp/classes/labeled_person.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::test;

/// Classes and what is read of them, frame by frame.
struct Reader {
    ClassFinder classes;
    OwnClothesFinder own;

    /// `torso`: how much of its length is seen.
    std::optional<OwnClothes> read(const LabeledPerson& person, double seconds, int id = 3,
                                   float torso = 1) {
        classes.begin_frame(seconds, false);
        own.begin_frame(seconds, false);
        Pose pose = person.pose();
        pose.person_id = id;
        for (const Joint hip : {Joint::kLeftHip, Joint::kRightHip}) {
            const float shoulders = pose.at(Joint::kLeftShoulder).y;
            pose.at(hip).y = std::lerp(shoulders, pose.at(hip).y, torso);
        }
        const Wearer wearer(pose);
        const PersonClasses* found = classes.find(wearer, *person.frame(AV_PIX_FMT_YUV420P));
        REQUIRE(found != nullptr);
        return own.find(*found, wearer);
    }
};

LabeledPerson with_waist(double level) {
    LabeledPerson person({640, 360});
    person.waist = level;
    return person;
}

TEST_CASE("a waistband is seen where it is") {
    for (const double level : {1.1, 1.18, 1.25}) {
        CAPTURE(level);
        const auto own = Reader().read(with_waist(level), 0);
        REQUIRE(own);
        CHECK(own->seen > 0.6);
        CHECK(own->shows > 0.8);
        CHECK(own->hem == doctest::Approx(level).epsilon(0.05));
        for (const double across : {-0.3, 0.0, 0.3}) {
            CHECK(own->at(across) == doctest::Approx(level).epsilon(0.06));
        }
    }
}

TEST_CASE("a shirt that is worn over the hips shows no waistband") {
    const auto own = Reader().read(with_waist(1.6), 0);
    REQUIRE(own);
    CHECK(own->shows < 0.1);
    CHECK(own->hem == doctest::Approx(1.6).epsilon(0.05));
}

TEST_CASE("over a bare belly no top hangs over the waist at the sides") {
    LabeledPerson person = with_waist(1.4);
    person.bare_belly = true;  // from 0.9 to 1.1
    const auto waist_at_side = [&](bool belly) {
        Pose pose = person.pose();
        const Wearer wearer(pose);
        ClassFinder finder;
        finder.begin_frame(0, true);
        const PersonClasses* found = finder.find(wearer, *person.frame(AV_PIX_FMT_YUV420P));
        REQUIRE(found != nullptr);
        PersonClasses classes = *found;
        for (cv::Mat& plane : classes.probability) {
            plane = plane.clone();
        }
        const auto put = [&](Surface surface, cv::Point low, cv::Point high) {
            const auto on_grid = [&](cv::Point at) {
                return cv::Point(apply(classes.classes_from_shown, cv::Point2d(at)));
            };
            const cv::Rect where = cv::Rect(on_grid(low), on_grid(high)) &
                                   cv::Rect({0, 0}, classes.probability[0].size());
            for (std::size_t i = 0; i < kSurfaceCount; ++i) {
                classes.probability[i](where) = i == static_cast<std::size_t>(surface) ? 255 : 0;
            }
        };
        put(Surface::kUpperClothes, person.at(-0.5, 0), person.at(0.5, 0.9));
        put(belly ? Surface::kSkin : Surface::kUpperClothes, person.at(-0.5, 0.9),
            person.at(0.5, 1.1));
        put(Surface::kLowerClothes, person.at(-0.5, 1.1), person.at(0.5, 1.8));
        put(Surface::kUpperClothes, person.at(0.2, 1.1), person.at(0.45, 1.35));  // a pocket's
        OwnClothesFinder own;
        own.begin_frame(0, true);
        const auto read = own.find(classes, wearer);
        REQUIRE(read);
        return read->at(0.33);
    };
    CHECK(waist_at_side(false) > 1.3);
    CHECK(waist_at_side(true) < 1.2);
}

TEST_CASE("sleeves end where skin begins") {
    const auto own = Reader().read(with_waist(1.2), 0);
    REQUIRE(own);
    // Drawn down to 0.75 shoulder widths below the joint's height, on both sides.
    for (const std::size_t side : {0U, 1U}) {
        CHECK(own->sleeve_seen[side] > 0.5);
        CHECK(own->sleeve_end[side] > 0.6);
        CHECK(own->sleeve_end[side] < 1.2);
    }
}

TEST_CASE("what covers the legs ends where skin begins") {
    const LabeledPerson person = with_waist(1.2);
    Pose pose = person.pose();
    const auto put = [&](Joint joint, double x, double y) {
        const cv::Point p = person.at(x, y);
        pose.at(joint) = {static_cast<float>(p.x), static_cast<float>(p.y), 0, 1};
    };
    put(Joint::kLeftKnee, 0.2, 2.2);
    put(Joint::kRightKnee, -0.2, 2.2);
    put(Joint::kLeftAnkle, 0.2, 3.0);
    put(Joint::kRightAnkle, -0.2, 3.0);
    const Wearer wearer(pose);
    const AvFrame frame = person.frame(AV_PIX_FMT_YUV420P);
    ClassFinder finder;
    finder.begin_frame(0, false);
    const PersonClasses* found = finder.find(wearer, *frame);
    REQUIRE(found != nullptr);
    const auto ends_at = [&](double level, bool dress = false) {
        PersonClasses classes = *found;
        for (cv::Mat& plane : classes.probability) {
            plane = plane.clone();
        }
        const int row =
            cvRound(apply(classes.classes_from_shown, cv::Point2d(person.at(0, level))).y);
        const cv::Range bare(std::clamp(row, 0, classes.probability[0].rows),
                             classes.probability[0].rows);
        classes.probability[static_cast<std::size_t>(Surface::kLowerClothes)].rowRange(bare) = 0;
        classes.probability[static_cast<std::size_t>(Surface::kSkin)].rowRange(bare) = 255;
        if (dress) {
            cv::Mat& lower = classes.probability[static_cast<std::size_t>(Surface::kLowerClothes)];
            cv::Mat& upper = classes.probability[static_cast<std::size_t>(Surface::kUpperClothes)];
            cv::add(upper, lower, upper);
            lower = 0;
        }
        OwnClothesFinder own;
        own.begin_frame(0, false);
        return own.find(classes, wearer);
    };
    for (const double level : {1.9, 2.6}) {
        CAPTURE(level);
        const auto own = ends_at(level);
        REQUIRE(own);
        for (const std::size_t side : {0U, 1U}) {
            const double hip = (wearer.body->hip[side].y - person.at(0, 0).y) / person.unit();
            const double t = level < 2.2 ? (level - hip) / (2.2 - hip) : 1 + (level - 2.2) / 0.8;
            CHECK(own->leg_seen[side] > 0.6);
            CHECK(own->leg_end[side] == doctest::Approx(t).epsilon(0.08));
        }
    }
    const auto dress = ends_at(2.6, true);
    REQUIRE(dress);
    CHECK(dress->seen == 0);  // of a waist
    CHECK(dress->leg_seen[0] > 0.6);
    CHECK(dress->leg_end[0] == doctest::Approx(1.5).epsilon(0.08));
    const auto covered = ends_at(9);  // to the feet
    REQUIRE(covered);
    CHECK(covered->leg_seen[0] < 0.1);
}

TEST_CASE("clothes of one color have no waist that could be seen") {
    LabeledPerson person = with_waist(1.1);
    person.lower = person.upper;
    const auto own = Reader().read(person, 0);
    CHECK((!own || own->seen < 0.9));
}

TEST_CASE("levels follow slowly, by person, and a cut forgets them") {
    Reader reader;
    const LabeledPerson high = with_waist(1.0), low = with_waist(1.3);
    REQUIRE(reader.read(high, 0));
    const auto soon = reader.read(low, 0.04);
    REQUIRE(soon);
    CHECK(soon->at(0) < 1.1);
    const auto other = reader.read(low, 0.08, 4);
    REQUIRE(other);
    CHECK(other->at(0) == doctest::Approx(1.3).epsilon(0.06));
    std::optional<OwnClothes> late;
    for (int i = 3; i < 80; ++i) {
        late = reader.read(low, 0.04 * i);
    }
    CHECK(late->at(0) == doctest::Approx(1.3).epsilon(0.06));
    reader.own.begin_frame(4, true);
    const auto cut = reader.read(high, 4.04);
    REQUIRE(cut);
    CHECK(cut->at(0) == doctest::Approx(1.0).epsilon(0.06));
}

TEST_CASE("a hem stays where it is on a body that bends") {
    Reader reader;
    const LabeledPerson upright = with_waist(1.4), bent = with_waist(1.05);
    std::optional<OwnClothes> own;
    for (int i = 0; i < 20; ++i) {
        own = reader.read(bent, 0.04 * i, 3, 0.75F);
    }
    REQUIRE(own);
    CHECK(own->hem == doctest::Approx(1.05).epsilon(0.06));
    for (int i = 20; i < 28; ++i) {
        own = reader.read(upright, 0.04 * i);
    }
    REQUIRE(own);
    CHECK(own->hem == doctest::Approx(1.4).epsilon(0.06));
}

TEST_CASE("a top ends as the wearer's own does") {
    auto garment = std::make_shared<Garment>();
    garment->name = "sheet";
    garment->rgba = cv::Mat(420, 200, CV_8UC4, cv::Scalar(200, 30, 30, 255));
    garment->anchors = {{"left_shoulder", {160, 20}},
                        {"right_shoulder", {40, 20}},
                        {"left_hem", {180, 415}},
                        {"right_hem", {20, 415}}};
    garment->sleeves = Sleeves::kNone;
    const auto painted_below = [&](const LabeledPerson& person, const char* tuck) {
        WarpOptions options;
        options.form.tuck = tuck;
        options.old_clothes = old_clothes::kKeep;
        PosedFrame posed;
        posed.frame.image = person.frame(AV_PIX_FMT_YUV420P);
        posed.poses = {person.pose()};
        cv::Mat matte(person.size, CV_8UC1, cv::Scalar(0));
        Warp(garment, options).dress(std::move(posed), &matte);
        const cv::Point below = person.at(-0.3, person.waist + 0.12);
        const cv::Point above = person.at(-0.3, 0.3);
        CHECK(matte.at<std::uint8_t>(above) > 127);
        return matte.at<std::uint8_t>(below) > 127;
    };
    const LabeledPerson tucked = with_waist(1.1);
    CHECK_FALSE(painted_below(tucked, tuck::kAuto));
    CHECK(painted_below(tucked, tuck::kNo));
    CHECK_FALSE(painted_below(tucked, tuck::kYes));
    WarpOptions wrong;
    wrong.form.tuck = "in";
    CHECK_THROWS_WITH(Warp(garment, wrong), "--tuck in is none of auto, yes and no");
}

}  // namespace
