#include "infer/track/narrow.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "core/body_frame.h"
#include "infer/fake_pose_model.h"
#include "infer/pose_model.h"
#include "infer/track/examine.h"

namespace closet {
namespace {

constexpr auto kWithDepth = Skeleton::kBlazePose33;
const cv::Size kPicture{640, 360};

/// A standing body whose trunk is 100 pixels long, in the picture.
struct Body {
    float x = 300, y = 20;  ///< between the shoulders
    float left = 33;        ///< from there to the left shoulder, pixels to the right
    float right = -33;
    float depth = 0;  ///< by how much the left shoulder is farther, in pixels of the picture
};

std::vector<Keypoint> keypoints_of(const Body& body) {
    Pose pose;
    pose.skeleton = kWithDepth;
    pose.keypoints.assign(keypoint_count(kWithDepth), {body.x, body.y, 0, 0.9F});
    const auto put = [&](Joint left, Joint right, float share, float down) {
        const float z = body.depth / static_cast<float>(kDepthScale) / 2;
        pose.at(left) = {body.x + share * body.left, body.y + down, z, 0.9F};
        pose.at(right) = {body.x + share * body.right, body.y + down, -z, 0.9F};
    };
    put(Joint::kLeftShoulder, Joint::kRightShoulder, 1, 0);
    put(Joint::kLeftElbow, Joint::kRightElbow, 1.4F, 50);
    put(Joint::kLeftWrist, Joint::kRightWrist, 1.6F, 95);
    put(Joint::kLeftHip, Joint::kRightHip, 0.5F, 100);
    put(Joint::kLeftKnee, Joint::kRightKnee, 0.5F, 180);
    put(Joint::kLeftAnkle, Joint::kRightAnkle, 0.5F, 260);
    pose.at(Joint::kNose) = {body.x, body.y - 40, 0, 0.9F};
    return pose.keypoints;
}

const Keypoint& at(const std::vector<Keypoint>& points, Joint joint) {
    return points[keypoint_index(kWithDepth, joint)];
}

double left_x(const std::vector<Keypoint>& points) {
    return at(points, Joint::kLeftShoulder).x;
}
double right_x(const std::vector<Keypoint>& points) {
    return at(points, Joint::kRightShoulder).x;
}

const Body kFront{};
const Body kBack{.left = -33, .right = 33};
/// Its left shoulder is nearly where that of a front is, its right one half way to that of a back.
const Body kMean{.left = 28, .right = 5};

TEST_CASE("narrow: a mean of front and back, without a head") {
    CHECK(is_narrow(keypoints_of(kMean), kWithDepth, kPicture));
    CHECK_FALSE(is_narrow(keypoints_of(kFront), kWithDepth, kPicture));
    CHECK_FALSE(is_narrow(keypoints_of(kBack), kWithDepth, kPicture));
}

TEST_CASE("narrow: not a body that its depth tells to be turned") {
    CHECK_FALSE(
        is_narrow(keypoints_of({.left = 10, .right = -10, .depth = 62}), kWithDepth, kPicture));
    CHECK(is_narrow(keypoints_of({.left = 10, .right = -10, .depth = 30}), kWithDepth, kPicture));
}

TEST_CASE("narrow: not where the head is in the picture, nor where depth is not known") {
    Body lower = kMean;
    lower.y = 80;
    CHECK_FALSE(is_narrow(keypoints_of(lower), kWithDepth, kPicture));
    Pose pose;
    pose.skeleton = kWithDepth;
    pose.keypoints = keypoints_of(kMean);
    CHECK_FALSE(is_narrow(to_coco17(pose).keypoints, Skeleton::kCoco17, kPicture));
}

TEST_CASE("believed: whole readings, with the sides of the first") {
    const std::array readings{keypoints_of(kMean), keypoints_of(kBack), keypoints_of(kFront)};
    const auto points = believed(readings, kWithDepth);
    CHECK(left_x(points) == doctest::Approx(333));
    CHECK(right_x(points) == doctest::Approx(267));
}

TEST_CASE("believed: where all readings are alike and narrow the body is turned") {
    const std::vector<Keypoint> narrow = keypoints_of({.left = 20, .right = -20, .depth = 20});
    const std::array readings{narrow, narrow, narrow};
    const auto points = believed(readings, kWithDepth);
    CHECK(left_x(points) == doctest::Approx(320));
    const double depth =
        depth_from(at(points, Joint::kRightShoulder), at(points, Joint::kLeftShoulder));
    CHECK(std::hypot(40.0, depth) == doctest::Approx(65));

    // Of no depth at all nobody knows to which side it is turned.
    const std::vector<Keypoint> flat = keypoints_of({.left = 20, .right = -20});
    const std::array flats{flat, flat};
    CHECK(at(believed(flats, kWithDepth), Joint::kLeftShoulder).z == 0);
}

TEST_CASE("believed: where narrow readings differ the first one stays as it is") {
    const std::vector<Keypoint> first = keypoints_of({.left = 5, .right = -25, .depth = 9});
    const std::array readings{first, keypoints_of({.x = 330, .left = 10, .right = -10})};
    const auto points = believed(readings, kWithDepth);
    CHECK(left_x(points) == left_x(first));
    CHECK(at(points, Joint::kLeftShoulder).z == at(first, Joint::kLeftShoulder).z);
    const auto alone = believed(std::span(&first, 1), kWithDepth);
    CHECK(at(alone, Joint::kLeftShoulder).z == at(first, Joint::kLeftShoulder).z);
}

TEST_CASE("mirrored: twice is as it was") {
    const std::vector<Keypoint> points = keypoints_of(kMean);
    const auto once = mirrored(points, 640, kWithDepth);
    CHECK(left_x(once) == doctest::Approx(639 - right_x(points)));
    CHECK(left_x(mirrored(once, 640, kWithDepth)) == doctest::Approx(left_x(points)));
    const Region region{.center = {100, 50}, .side = 80, .rotation = 0.2};
    const Region there = mirrored(region, 640);
    CHECK(there.center.x == doctest::Approx(539));
    CHECK(there.rotation == doctest::Approx(-0.2));
}

/// Gives one body in the picture and another one in the mirror image, told by the pixel of
/// `numbered_picture`, which lies on the right there.
class TwoFaced : public PoseModel {
  public:
    TwoFaced(const Body& seen, const Body& in_mirror) : seen_(seen), in_mirror_(in_mirror) {}

    Skeleton skeleton() const override { return kWithDepth; }
    float least_presence() const override { return 0.5F; }
    Region region_of_box(const Box&, cv::Size) const override { return {}; }
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override {
        return std::vector<std::vector<Region>>(pictures.size());
    }
    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override {
        std::vector<PoseEstimate> estimates;
        for (const PoseInput& input : inputs) {
            const int width = input.picture->cols;
            const bool mirror = test::number_of(*input.picture) == 0;
            PoseEstimate& estimate = estimates.emplace_back();
            estimate.presence = 0.9F;
            estimate.keypoints = keypoints_of(mirror ? in_mirror_ : seen_);
            estimate.region = {.center = {(mirror ? in_mirror_ : seen_).x, 120.0}, .side = 400};
            if (mirror) {
                estimate.keypoints = mirrored(estimate.keypoints, width, kWithDepth);
                estimate.region = mirrored(estimate.region, width);
            }
            estimate.mask_left_out = !wants_mask(input, estimate.region);
            masks += estimate.mask_left_out ? 0 : 1;
        }
        return estimates;
    }

    int masks = 0;

  private:
    Body seen_, in_mirror_;
};

/// What is read where `seen` is in the picture, and how often again.
std::pair<std::vector<Keypoint>, std::int64_t> read(TwoFaced& model) {
    const cv::Mat picture = test::numbered_picture(7);
    const TimedView view{&picture, 0.0, true};
    Examiner examiner(model, 0.5F);
    const auto found = examiner.examine(
        std::span(&view, 1), {{.view = 0, .region = {.center = {300, 120}, .side = 400}}});
    REQUIRE(found[0]);
    CHECK(found[0]->region.center.x == doctest::Approx(300));
    return {found[0]->keypoints, examiner.counts().retries};
}

TEST_CASE("narrow: is read again in the mirror image, without masks") {
    TwoFaced model(kMean, kFront);
    const auto [points, again] = read(model);
    CHECK(left_x(points) == doctest::Approx(333));
    CHECK(right_x(points) == doctest::Approx(267));
    CHECK(again == 2);
    CHECK(model.masks == 1);
}

TEST_CASE("narrow: who is whole is read once") {
    TwoFaced model(kFront, kBack);
    const auto [points, again] = read(model);
    CHECK(left_x(points) == doctest::Approx(333));
    CHECK(again == 0);
}

TEST_CASE("narrow: somebody else in the mirror image is not believed") {
    Body other = kFront;
    other.x = 380;
    TwoFaced model(kMean, other);
    const auto [points, again] = read(model);
    CHECK(left_x(points) == doctest::Approx(328));
    CHECK(again == 2);
}

}  // namespace
}  // namespace closet
