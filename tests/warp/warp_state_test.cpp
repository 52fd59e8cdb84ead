// A clip that is dressed in parts, each by a warp that takes up the state of the one before.
#include <malloc.h>

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

#include "core/picture_geometry.h"
#include "warp/classes/labeled_person.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/resumed_warp.h"

namespace {

using namespace closet;
using namespace closet::test;

constexpr int kFrames = 24;
const std::vector<std::size_t> kCuts{7, 15};

struct Told {
    bool labels = true, mask = true;
    int people = 1;
    bool turning = false;  ///< they turn their backs
    bool rough = false;    ///< the wall is
    cv::Size size{480, 320};
    int frames = kFrames;
};

/// People who sway before a wall that stays, in a light that becomes dimmer and warmer. Poses
/// tremble, and are wrong for a moment at the cuts; one of three is measured. For a moment nobody
/// is there, and then the clip is cut. The first half is before time 0.
std::vector<PosedFrame> make_clip(const Told& told) {
    LabeledPerson person(told.size);
    person.strand = false;
    const cv::Mat drawn = person.picture();
    const cv::Mat is_person = ~person.truth(Surface::kGround);
    const Pose upright = person.pose();
    cv::Mat wall(person.size, CV_8UC4);
    const int stripes = told.rough ? 90 : 9;
    for (int y = 0; y < wall.rows; ++y) {
        for (int x = 0; x < wall.cols; ++x) {
            wall.at<cv::Vec4b>(y, x) = {
                cv::saturate_cast<uchar>(110 + x / 6 + stripes * ((x / 7) % 2)),
                cv::saturate_cast<uchar>(120 + y / 8), cv::saturate_cast<uchar>(150 - x / 9), 255};
        }
    }
    std::mt19937 random(5);
    std::normal_distribution<float> trembling(0, 0.4F);
    std::vector<PosedFrame> clip;
    for (int i = 0; i < told.frames; ++i) {
        PosedFrame posed;
        cv::Mat picture = wall.clone();
        for (int p = 0; p < told.people; ++p) {
            const double sway = 0.3 * i + 2 * p;
            const double scale = (p == 0 ? 0.95 : 0.75) + 0.02 * std::sin(sway);
            const double aside = told.people > 1 ? (p == 0 ? -110 : 120) : 0;
            const cv::Matx23d shown_from_drawn(
                scale, 0, (1 - scale) * person.size.width / 2 + aside + 9 * std::sin(sway), 0,
                scale, (1 - scale) * 40 + 3 * std::cos(sway));
            cv::Mat moved, where;
            cv::warpAffine(drawn, moved, shown_from_drawn, person.size);
            cv::warpAffine(is_person, where, shown_from_drawn, person.size, cv::INTER_NEAREST);
            moved.copyTo(picture, where);
            Pose pose = upright;
            pose.person_id = p;
            pose.origin = i % 3 == 0 ? PoseOrigin::kMeasured : PoseOrigin::kInterpolated;
            const double turn = told.turning ? 0.2 * i : 0.1 * std::sin(sway);
            for (Keypoint& point : pose.keypoints) {
                const cv::Point2d at = apply(shown_from_drawn, cv::Point2d(point.x, point.y));
                const double middle = shown_from_drawn(0, 2) + scale * person.at(0, 0).x;
                point.x = static_cast<float>(middle + (at.x - middle) * std::cos(turn)) +
                          trembling(random);
                point.y = static_cast<float>(at.y) + trembling(random);
                if (i == 7 || i == 8) {  // aslant
                    point.x += 0.9F * (point.y - static_cast<float>(person.at(0, 0).y));
                } else if (i == 15 || i == 16) {
                    point.x += static_cast<float>(0.35 * person.unit());
                }
            }
            if (i == 15 || i == 16) {
                pose.at(Joint::kLeftElbow).score = 0.1F;
            }
            if (told.turning && std::cos(turn) < 0) {
                for (const Joint joint : {Joint::kNose, Joint::kLeftEye, Joint::kRightEye}) {
                    pose.at(joint).score = 0.35F;
                }
            }
            pose.box = enclosing_box(pose.keypoints);
            const cv::Matx23d drawn_from_shown = inverse(shown_from_drawn);
            auto labels = std::make_shared<PersonLabels>(*upright.labels);
            labels->labels_from_shown = compose(labels->labels_from_shown, drawn_from_shown);
            if (told.mask) {
                pose.mask = std::make_shared<PersonMask>(
                    PersonMask{labels->of(Label::kPerson), labels->labels_from_shown});
            }
            pose.labels = told.labels ? labels : nullptr;
            if (i != 17 && i != 18) {
                posed.poses.push_back(pose);
            }
        }
        cv::multiply(picture, cv::Scalar(1, 1 - 0.006 * i, 1 - 0.012 * i, 1), picture);
        posed.frame.image = noise_frame(AV_PIX_FMT_YUV420P, person.size, 1);
        Composite().paint(*posed.frame.image, {{{0, 0}, person.size}, picture});
        posed.frame.index = i;
        posed.frame.pts = i - kFrames / 2;
        posed.frame.time_base = {1, 25};
        posed.frame.scene_start = i == 0 || i == 21;
        clip.push_back(std::move(posed));
    }
    return clip;
}

void check(const Ensemble& worn, const WarpOptions& options, const Told& told,
           const std::vector<std::size_t>& cuts = kCuts) {
    check_goes_on([&] { return Warp(worn, options); }, make_clip(told), cuts);
}

std::shared_ptr<const Garment> jacket() {
    const auto garment = tee(true);
    garment->kind = GarmentKind::kOuterwear;
    garment->open_front = true;
    cv::Mat alpha;
    cv::extractChannel(garment->rgba, alpha, 3);
    alpha.colRange(235, 265).setTo(0);
    cv::insertChannel(alpha, garment->rgba, 3);
    return garment;
}

std::shared_ptr<const Garment> vest() {
    const auto garment = tee();
    garment->name = "vest";
    garment->sleeves = Sleeves::kNone;
    cv::Mat alpha;
    cv::extractChannel(garment->rgba, alpha, 3);
    alpha.colRange(0, 155).setTo(0);
    alpha.colRange(345, 500).setTo(0);
    alpha.rowRange(420, 600).setTo(0);
    cv::insertChannel(alpha, garment->rgba, 3);
    garment->anchors = {{"right_shoulder", {160, 80}}, {"left_shoulder", {340, 80}},
                        {"right_neck", {210, 50}},     {"left_neck", {289, 50}},
                        {"right_armpit", {157, 190}},  {"left_armpit", {342, 190}},
                        {"right_hem", {157, 419}},     {"left_hem", {342, 419}}};
    return garment;
}

/// A network that paints the picture that it saw, brighter.
class Brightener final : public TryOn {
  public:
    std::string_view name() const override { return "viton-hd"; }
    bool renders() const override { return true; }
    cv::Mat dress(const TryOnPerson& person, const TryOnGarment&) override {
        cv::Mat painted;
        cv::resize(person.rgb, painted, {192, 256}, 0, 0, cv::INTER_AREA);
        painted += cv::Scalar::all(40);
        cv::cvtColor(painted, painted, cv::COLOR_RGB2RGBA);
        return painted;
    }
};

}  // namespace

TEST_CASE("old clothes are removed alike after a state was taken up") {
    for (const Ensemble& worn :
         {Ensemble(vest()), Ensemble(tee()), Ensemble(trousers()), Ensemble(dress()),
          Ensemble(jacket()), Ensemble({trousers(), tee()})}) {
        CAPTURE(worn.name());
        check(worn, {}, {});
    }
}

TEST_CASE("skin with a grain, before rough ground, goes on alike") {
    check(vest(), {}, {.rough = true, .size = {960, 640}, .frames = 12}, {6, 10});
}

TEST_CASE("old clothes are covered alike after a state was taken up") {
    WarpOptions options;
    options.old_clothes = old_clothes::kCover;
    check(tee(), options, {});
    check(tee(), options, {.labels = false});
}

TEST_CASE("without labels a clip goes on alike") {
    check(tee(), {}, {.labels = false, .mask = false});
    check(Ensemble({trousers(), tee()}), {}, {.labels = false});
}

TEST_CASE("several people go on alike, each with what is remembered of them") {
    check(tee(), {}, {.people = 2});
}

TEST_CASE("people who turn their backs go on alike") {
    check(tee(), {}, {.turning = true});
}

TEST_CASE("the affine warp goes on alike, its kept sizes being found anew") {
    WarpOptions options;
    options.warp = "affine";
    check(tee(), options, {});
    check(tee(), options, {.labels = false});
}

TEST_CASE("what networks painted is remembered") {
    check_goes_on(
        [] {
            WarpOptions options;
            options.warp = "viton-hd";
            options.form.try_on = std::make_shared<Brightener>();
            return Warp(tee(), options);
        },
        make_clip({.frames = 10}), {4});
}

TEST_CASE("what was in memory before a warp was made shows nowhere") {
    // So large that the clean plate is finer than the grid, which is interpolated from it.
    const auto clip = make_clip({.size = {1280, 1200}, .frames = 3});
    std::vector<DressedFrame> first;
    for (const int content : {1, 170}) {
        mallopt(M_PERTURB, content);
        Warp warp(tee(), {});
        for (std::size_t i = 0; i < clip.size(); ++i) {
            DressedFrame dressed = dress_copy(warp, clip[i]);
            if (content == 1) {
                first.push_back(std::move(dressed));
            } else {
                CHECK(are_same(dressed, first[i]));
            }
        }
    }
    mallopt(M_PERTURB, 0);
}

TEST_CASE("a state that is cut short is refused") {
    Warp warp(tee(), {});
    for (const PosedFrame& frame : make_clip({.frames = 4})) {
        dress_copy(warp, frame);
    }
    const std::string state = state_of(warp);
    for (const std::size_t size : {std::size_t{0}, state.size() / 2, state.size() - 1}) {
        Warp other(tee(), {});
        CHECK_THROWS(take_up(other, state.substr(0, size)));
    }
}
