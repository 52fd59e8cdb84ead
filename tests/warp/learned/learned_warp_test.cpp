// What try-on networks see of a person on a frame, and where on it their picture comes to lie.
#include "warp/learned/learned_warp.h"

#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/picture_geometry.h"
#include "warp/classes/labeled_person.h"
#include "warp/learned/person_picture.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::test;
using namespace closet::parse_label;

/// Paints a rectangle of one color, which changes from call to call, and keeps what it saw.
class FakeTryOn final : public TryOn {
  public:
    std::string_view name() const override { return "viton-hd"; }
    bool renders() const override { return true; }
    cv::Mat dress(const TryOnPerson& person, const TryOnGarment& garment) override {
        seen.push_back({person.rgb.clone(), person.labels.clone(), person.points});
        photo = garment;
        cv::Mat painted(256, 192, CV_8UC4, cv::Scalar(9, 9, 9, 0));
        const auto level = static_cast<double>(100 + 10 * seen.size());
        painted(kPainted).setTo(cv::Scalar(level, level, level, 255));
        return painted;
    }

    static inline const cv::Rect kPainted{60, 90, 70, 80};  ///< of 192 x 256
    std::vector<TryOnPerson> seen;
    TryOnGarment photo;
};

std::shared_ptr<Garment> top_sheet(GarmentKind kind = GarmentKind::kTop) {
    auto garment = shirt({100, 120});
    garment->kind = kind;
    return garment;
}

WarpOptions options_with(std::shared_ptr<TryOn> networks) {
    WarpOptions options;
    options.warp = "viton-hd";
    options.form.try_on = std::move(networks);
    options.old_clothes = old_clothes::kKeep;
    options.occlusion = false;
    options.protect_face = false;
    options.shadow = 0;
    return options;
}

/// A frame of the person and the matte that dressing gives.
struct Dressed {
    AvFrame before, after;
    cv::Mat matte;

    Dressed(Warp& warp, const LabeledPerson& person, const Pose& pose, double seconds = 0,
            bool scene_start = false)
        : before(person.frame(AV_PIX_FMT_YUV444P)), matte(person.size, CV_8UC1, cv::Scalar(0)) {
        PosedFrame posed;
        posed.frame.image = person.frame(AV_PIX_FMT_YUV444P);
        posed.frame.time_base = {1, 1000};
        posed.frame.pts = static_cast<std::int64_t>(1000 * seconds);
        posed.frame.scene_start = scene_start;
        posed.poses = {pose};
        after = std::move(warp.dress(std::move(posed), &matte).image);
    }

    cv::Mat luma(const AVFrame& frame) const {
        return cv::Mat(frame.height, frame.width, CV_8UC1, frame.data[0],
                       static_cast<std::size_t>(frame.linesize[0]));
    }
};

/// Where pixel (x, y) of 192 x 256 lies on the frame.
cv::Point2d shown_at(const Pose& pose, double x, double y) {
    const auto map = learned::shown_from_person_picture(Wearer(pose));
    REQUIRE(map);
    return apply(*map, {4 * x, 4 * y});
}

const LabeledPerson kWearerDrawn({640, 360});

}  // namespace

TEST_CASE("shoulders come to lie where the networks expect them") {
    const Pose pose = standing_pose({300, 120}, 80);
    const Wearer wearer(pose);
    const auto map = learned::shown_from_person_picture(wearer);
    REQUIRE(map);
    const Body25 points = learned::person_points(wearer, *map);
    CHECK(points[5].x - points[2].x == doctest::Approx(340));  // left on the right
    CHECK(points[1].x == doctest::Approx(384));
    CHECK(points[1].y == doctest::Approx(310));
    CHECK(points[0].y < points[1].y);
    CHECK(points[8].y > points[1].y);
    CHECK(points[11].z == 0);  // ankles are below the picture
    CHECK(points[19].z == 0);  // nobody told the feet
}

TEST_CASE("what is not reliable is missing, but shoulders and hips") {
    Pose pose = standing_pose({300, 120}, 80);
    pose.at(Joint::kLeftWrist).score = 0.1F;
    pose.at(Joint::kRightHip).score = 0.1F;
    pose.at(Joint::kLeftHip).score = 0.1F;
    pose.at(Joint::kNose) = {std::nanf(""), 0, 0, 1};
    const Wearer wearer(pose);
    const Body25 points =
        learned::person_points(wearer, *learned::shown_from_person_picture(wearer));
    CHECK(points[7].z == 0);
    CHECK(points[0].z == 0);
    CHECK(points[9].z == 1);
    CHECK(points[12].z == 1);
    CHECK(points[9].x < points[12].x);
}

TEST_CASE("the labels tell clothes, skin and sides") {
    const Pose pose = kWearerDrawn.pose();
    const Wearer wearer(pose);
    const AvFrame image = kWearerDrawn.frame(AV_PIX_FMT_YUV420P);
    const occlusion::ShownPicture frame(*image);
    ClassFinder finder;
    finder.begin_frame(0, false);
    const PersonClasses* const classes = finder.find(wearer, frame);
    REQUIRE(classes != nullptr);
    const auto map = *learned::shown_from_person_picture(wearer);
    const auto person = learned::person_picture(wearer, *classes, frame, map);
    REQUIRE(person);
    const auto at = [&](double x, double y) {
        const cv::Point2d p = apply(inverse(map), cv::Point2d(kWearerDrawn.at(x, y)));
        return cv::Point(cvRound(p.x), cvRound(p.y));
    };
    const auto label = [&](double x, double y) {
        return person->labels.at<std::uint8_t>(at(x, y));
    };
    CHECK(label(0, 0.3) == kUpper);
    CHECK(label(0, 1.7) == kTrousers);
    CHECK(label(0, -0.6) == kFace);
    CHECK(label(0.27, 0.1) == kHair);
    CHECK(label(0.64, 1.1) == kLeftArm);    // the wearer's left is on the right
    CHECK(label(-0.3, 0.75) == kRightArm);  // across the belly
    CHECK(label(-0.95, 0.3) == kGround);
    const auto color = [&](double x, double y) { return person->rgb.at<cv::Vec3b>(at(x, y)); };
    const auto is_near = [](cv::Vec3b a, const cv::Scalar& b) {
        return std::abs(a[0] - b[0]) < 20 && std::abs(a[1] - b[1]) < 20 &&
               std::abs(a[2] - b[2]) < 20;
    };
    CHECK(is_near(color(0, 0.3), kWearerDrawn.upper));
    CHECK(is_near(color(0, -0.6), kWearerDrawn.skin));
    CHECK(is_near(color(-0.95, 0.3), kWearerDrawn.ground));
}

TEST_CASE("a garment's photo shows it in the middle of white") {
    const TryOnGarment photo = learned::garment_photo(*top_sheet());
    CHECK(photo.rgb.at<cv::Vec3b>(5, 5) == cv::Vec3b(255, 255, 255));
    CHECK(photo.mask.at<std::uint8_t>(5, 5) == 0);
    CHECK(photo.mask.at<std::uint8_t>(512, 384) == 255);
    const cv::Rect used = cv::boundingRect(photo.mask);
    CHECK(used.width == doctest::Approx(642).epsilon(0.01));
    CHECK(used.x + used.width / 2 == doctest::Approx(384).epsilon(0.01));
    CHECK(used.y + used.height / 2 == doctest::Approx(512).epsilon(0.01));
    Garment empty = *top_sheet();
    empty.rgba.setTo(cv::Scalar::all(0));
    CHECK(cv::countNonZero(learned::garment_photo(empty).mask) == 0);
}

TEST_CASE("networks paint inside of their region only, and the matte tells where") {
    const auto networks = std::make_shared<FakeTryOn>();
    Warp warp(top_sheet(), options_with(networks));
    const Pose pose = kWearerDrawn.pose();
    const Dressed dressed(warp, kWearerDrawn, pose);
    REQUIRE(networks->seen.size() == 1);
    const cv::Mat changed = dressed.luma(*dressed.before) != dressed.luma(*dressed.after);
    CHECK(cv::countNonZero(changed & (dressed.matte == 0)) == 0);
    const cv::Point2d low = shown_at(pose, 60, 90), high = shown_at(pose, 130, 170);
    const cv::Rect painted = cv::boundingRect(dressed.matte);
    CHECK(painted.x == doctest::Approx(low.x).epsilon(0.02));
    CHECK(painted.y == doctest::Approx(low.y).epsilon(0.02));
    CHECK(painted.br().x == doctest::Approx(high.x).epsilon(0.02));
    CHECK(painted.br().y == doctest::Approx(high.y).epsilon(0.02));
    const cv::Point inside(cvRound((low.x + high.x) / 2), cvRound((low.y + high.y) / 2));
    CHECK(dressed.matte.at<std::uint8_t>(inside) == 255);
    // Limited range: 16 + 110 * 219 / 255, in no other light.
    CHECK(dressed.luma(*dressed.after).at<std::uint8_t>(inside) ==
          doctest::Approx(110).epsilon(0.02));
}

TEST_CASE("networks are asked on key frames, and what they painted follows the shoulders") {
    const auto networks = std::make_shared<FakeTryOn>();
    Warp warp(top_sheet(), options_with(networks));
    Pose pose = kWearerDrawn.pose();
    const Dressed first(warp, kWearerDrawn, pose);
    pose.origin = PoseOrigin::kInterpolated;
    for (Keypoint& point : pose.keypoints) {
        point.x += 16;
    }
    const Dressed between(warp, kWearerDrawn, pose, 0.04);
    CHECK(networks->seen.size() == 1);
    CHECK(cv::boundingRect(between.matte).x == cv::boundingRect(first.matte).x + 16);
    pose.origin = PoseOrigin::kMeasured;
    const Dressed key(warp, kWearerDrawn, pose, 0.08);
    CHECK(networks->seen.size() == 2);
    CHECK(warp.try_on().asked == 2);
    CHECK(warp.try_on().compared == 1);
    CHECK(warp.try_on().flicker() == doctest::Approx(10));
    // A cut forgets what was painted, even where nothing was measured.
    pose.origin = PoseOrigin::kHeld;
    const Dressed cut(warp, kWearerDrawn, pose, 0.12, true);
    CHECK(networks->seen.size() == 3);
    CHECK(warp.try_on().compared == 1);
    // Who is nobody's follower is new each time.
    pose.person_id = -1;
    const Dressed stranger(warp, kWearerDrawn, pose, 0.16);
    CHECK(networks->seen.size() == 4);
}

TEST_CASE("without labels, a body or networks nothing is painted or the reason is told") {
    const auto networks = std::make_shared<FakeTryOn>();
    Warp warp(top_sheet(), options_with(networks));
    Pose pose = kWearerDrawn.pose();
    pose.labels = nullptr;
    const Dressed unlabeled(warp, kWearerDrawn, pose);
    CHECK(cv::countNonZero(unlabeled.matte) == 0);
    pose = kWearerDrawn.pose();
    pose.at(Joint::kLeftShoulder).score = 0;
    const Dressed bodiless(warp, kWearerDrawn, pose);
    CHECK(cv::countNonZero(bodiless.matte) == 0);
    CHECK(networks->seen.empty());
    CHECK_THROWS_WITH_AS(Warp(top_sheet(), options_with(nullptr)),
                         doctest::Contains("closet fit only"), ConfigError);
    for (const GarmentKind kind : {GarmentKind::kTrousers, GarmentKind::kSkirt, GarmentKind::kDress,
                                   GarmentKind::kShorts, GarmentKind::kJumpsuit}) {
        CHECK_THROWS_WITH_AS(Warp(top_sheet(kind), options_with(networks)),
                             doctest::Contains("is no top"), ConfigError);
    }
}

TEST_CASE("people at the picture's edge and beyond are dressed or left") {
    const auto networks = std::make_shared<FakeTryOn>();
    Warp warp(top_sheet(), options_with(networks));
    for (const float shift : {-330.0F, 330.0F, -2000.0F, 30000.0F}) {
        CAPTURE(shift);
        Pose pose = kWearerDrawn.pose();
        for (Keypoint& point : pose.keypoints) {
            point.x += shift;
        }
        const Dressed dressed(warp, kWearerDrawn, pose, 0, true);
        const cv::Mat changed = dressed.luma(*dressed.before) != dressed.luma(*dressed.after);
        CHECK(cv::countNonZero(changed & (dressed.matte == 0)) == 0);
    }
}

TEST_CASE("trousers beside a top are laid by the mesh") {
    const auto networks = std::make_shared<FakeTryOn>();
    Warp warp(Ensemble({top_sheet(), trousers()}), options_with(networks));
    const Dressed dressed(warp, kWearerDrawn, kWearerDrawn.pose());
    CHECK(networks->seen.size() == 1);
    CHECK(warp.garments_painted() == 2);
    CHECK(dressed.matte.at<std::uint8_t>(kWearerDrawn.at(0.2, 2.5)) > 200);
}
