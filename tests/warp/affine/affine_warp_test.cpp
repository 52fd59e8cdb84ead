#include "warp/affine/affine_warp.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <doctest/doctest.h>

#include "core/error.h"
#include "warp/paint/sampling.h"
#include "warp/warp_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kFrame(1280, 720);

void swap_sides(Pose& pose) {
    for (std::size_t i = 1; i + 1 < pose.keypoints.size(); i += 2) {
        std::swap(pose.keypoints[i], pose.keypoints[i + 1]);
    }
}

void hide(Pose& pose, std::initializer_list<Joint> joints) {
    for (const Joint joint : joints) {
        pose.at(joint).score = 0;
    }
}

/// Where the garment's corners land, by fit only.
std::vector<cv::Point2d> corners(AffineWarp& warp, const Pose& pose, cv::Size picture = kFrame) {
    const auto fit = fit_shoulders(pose, picture, 0.3F);
    REQUIRE(fit.has_value());
    std::vector<cv::Point2d> result;
    for (const double x : {-0.5, 399.5}) {
        for (const double y : {-0.5, 499.5}) {
            const cv::Vec2d p = warp.frame_from_garment(*fit) * cv::Vec3d(x, y, 1);
            result.emplace_back(p[0], p[1]);
        }
    }
    return result;
}

double farthest(const std::vector<cv::Point2d>& a, const std::vector<cv::Point2d>& b) {
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        worst = std::max(worst, std::hypot(a[i].x - b[i].x, a[i].y - b[i].y));
    }
    return worst;
}

/// The center of what a patch shows, frame pixels.
cv::Point2d center(const Patch& patch) {
    cv::Point2d sum;
    double weight = 0;
    for (int y = 0; y < patch.rgba.rows; ++y) {
        for (int x = 0; x < patch.rgba.cols; ++x) {
            const double a = patch.rgba.at<cv::Vec4b>(y, x)[3];
            sum += a * cv::Point2d(x + patch.where.x, y + patch.where.y);
            weight += a;
        }
    }
    return sum / weight;
}

bool same(const Patch& a, const Patch& b) {
    return a.where == b.where && cv::norm(a.rgba, b.rgba, cv::NORM_INF) == 0;
}

TEST_CASE("garment shoulders go to the shoulder joints times the factor") {
    const auto garment = shirt({400, 500});
    AffineWarp warp(garment, {});
    const auto fit = fit_shoulders(standing_pose({600, 200}, 120), kFrame, 0.3F);
    REQUIRE(fit.has_value());
    const cv::Matx23d map = warp.frame_from_garment(*fit);
    const cv::Vec2d right = map * cv::Vec3d(100, 75, 1);  // the anchors of shirt()
    const cv::Vec2d left = map * cv::Vec3d(300, 75, 1);
    CHECK(right[0] == doctest::Approx(600 - 75));
    CHECK(left[0] == doctest::Approx(600 + 75));
    CHECK(right[1] == doctest::Approx(200));
    const cv::Vec2d below = map * cv::Vec3d(200, 275, 1);  // by the garment's shoulder width
    CHECK(below[0] == doctest::Approx(600));
    CHECK(below[1] == doctest::Approx(350));
}

TEST_CASE("turning and scaling the person turns and scales the garment alike") {
    AffineWarp warp(shirt({400, 500}), {});
    for (const bool from_the_side : {false, true}) {
        Pose base = standing_pose({0, 0}, 100);
        if (from_the_side) {
            base.at(Joint::kLeftShoulder).x = 4;
            base.at(Joint::kRightShoulder).x = -4;
        }
        const auto before = corners(warp, base);
        for (const double angle : {0.0, 0.7, 1.6, 3.1, -2.0}) {
            for (const double scale : {0.5, 1.0, 2.7}) {
                const cv::Matx23d move(scale * std::cos(angle), -scale * std::sin(angle), 300,
                                       scale * std::sin(angle), scale * std::cos(angle), 200);
                Pose moved = base;
                for (Keypoint& point : moved.keypoints) {
                    const cv::Vec2d p = move * cv::Vec3d(point.x, point.y, 1);
                    point.x = static_cast<float>(p[0]);
                    point.y = static_cast<float>(p[1]);
                }
                std::vector<cv::Point2d> expected;
                for (const cv::Point2d& p : before) {
                    const cv::Vec2d q = move * cv::Vec3d(p.x, p.y, 1);
                    expected.emplace_back(q[0], q[1]);
                }
                CHECK(farthest(corners(warp, moved), expected) < 0.01);
            }
        }
    }
}

TEST_CASE("swapped left and right labels give the same picture") {
    AffineWarp warp(shirt({400, 500}), {});
    Pose pose = standing_pose({600, 200}, 120, 0.3);
    const Patch before = *warp.warp(pose, kFrame);
    const Patch kept{before.where, before.rgba.clone()};
    swap_sides(pose);
    CHECK(same(*warp.warp(pose, kFrame), kept));
}

TEST_CASE("a garment hangs down whatever tells where that is") {
    AffineWarp warp(shirt({400, 500}), {});
    Pose pose = standing_pose({640, 360}, 80);
    const auto whole = corners(warp, pose);
    hide(pose, {Joint::kLeftHip, Joint::kRightHip});  // the head tells
    CHECK(farthest(corners(warp, pose), whole) < 0.01);
    hide(pose, {Joint::kNose, Joint::kLeftEye, Joint::kRightEye, Joint::kLeftEar,
                Joint::kRightEar});  // only the screen tells
    CHECK(farthest(corners(warp, pose), whole) < 0.01);
}

TEST_CASE("small motions of the shoulders move the garment a little whatever the cache does") {
    AffineWarp warp(shirt({400, 500}), {});
    std::vector<cv::Point2d> last;
    cv::Point2d last_center;
    // 0.1 px at a time from 60 to 90 px of shoulders: across three steps of the cache.
    for (int i = 0; i <= 300; ++i) {
        const double width = 60 + 0.1 * i;
        const Pose pose = standing_pose({600, 200}, width);
        const auto now = corners(warp, pose);
        const cv::Point2d at = center(*warp.warp(pose, kFrame));
        const cv::Point2d middle =  // the garment is symmetric
            std::accumulate(now.begin(), now.end(), cv::Point2d()) / 4;
        CHECK(std::hypot(at.x - middle.x, at.y - middle.y) < 0.1);
        if (i > 0) {
            CHECK(farthest(now, last) < 0.5);
            // The picture moves with the map: down by the same share as its center lies below.
            const double expected = (now[0].y + now[1].y) / 2 - (last[0].y + last[1].y) / 2;
            CHECK(std::abs(at.y - last_center.y - expected) < 0.05);
            CHECK(std::abs(at.x - last_center.x) < 0.05);
        }
        last = now;
        last_center = at;
    }
}

TEST_CASE("a person who turns to the side keeps a garment that neither collapses nor jumps") {
    AffineWarp warp(shirt({400, 500}), {});
    std::vector<cv::Point2d> last;
    for (double half = 60; half >= -60; half -= 0.5) {  // through the profile and to the back
        Pose pose = standing_pose({600, 200}, 120);
        pose.at(Joint::kLeftShoulder).x = static_cast<float>(600 + half);
        pose.at(Joint::kRightShoulder).x = static_cast<float>(600 - half);
        pose.at(Joint::kLeftShoulder).y += 3;  // so that the shoulder line swings round
        const auto now = corners(warp, pose);
        const double height = std::hypot(now[1].x - now[0].x, now[1].y - now[0].y);
        CHECK(height > 120);
        if (!last.empty()) {
            CHECK(farthest(now, last) < 12);
        }
        last = now;
    }
}

TEST_CASE("unreliable shoulders carry nothing") {
    AffineWarp warp(shirt({400, 500}), {});
    const Pose good = standing_pose({600, 200}, 120);
    REQUIRE(warp.warp(good, kFrame).has_value());

    Pose pose = good;
    pose.at(Joint::kLeftShoulder).score = 0.29F;
    CHECK_FALSE(warp.warp(pose, kFrame).has_value());
    for (const float wrong :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e9F}) {
        pose = good;
        pose.at(Joint::kRightShoulder).x = wrong;
        CHECK_FALSE(warp.warp(pose, kFrame).has_value());
        pose = good;
        pose.at(Joint::kLeftHip).y = wrong;  // a wrong hip is not looked at
        CHECK(warp.warp(pose, kFrame).has_value());
    }
    pose = good;
    pose.at(Joint::kLeftShoulder) = pose.at(Joint::kRightShoulder);
    hide(pose, {Joint::kLeftHip, Joint::kRightHip});
    CHECK_FALSE(warp.warp(pose, kFrame).has_value());
}

TEST_CASE("patches lie on the chroma grid within the frame and hold the whole garment") {
    AffineWarp warp(shirt({400, 500}), {});
    for (const cv::Point2d at : {cv::Point2d(640, 200), cv::Point2d(5, 5), cv::Point2d(1270, 700),
                                 cv::Point2d(-60, 300), cv::Point2d(640, -40)}) {
        const auto patch = warp.warp(standing_pose(at, 120, 0.4), {1279, 719});
        REQUIRE(patch.has_value());
        CHECK(align_to_chroma(patch->where) == patch->where);
        CHECK((patch->where & cv::Rect(0, 0, 1280, 720)) == patch->where);
        CHECK(patch->rgba.size() == patch->where.size());
        if (at == cv::Point2d(640, 200)) {  // not cut off: nothing visible on the rim
            for (const cv::Mat& rim : {patch->rgba.row(0), patch->rgba.row(patch->rgba.rows - 1),
                                       patch->rgba.col(0), patch->rgba.col(patch->rgba.cols - 1)}) {
                cv::Mat alpha;
                cv::extractChannel(rim, alpha, 3);
                CHECK(cv::countNonZero(alpha) == 0);
            }
        }
    }
    CHECK_FALSE(warp.warp(standing_pose({640, -900}, 120), kFrame).has_value());
    CHECK_FALSE(warp.warp(standing_pose({-900, 200}, 120), kFrame).has_value());
}

TEST_CASE("pictures do not depend on what was warped before") {
    const auto garment = shirt({400, 500});
    AffineWarp used(garment, {});
    for (int i = 0; i < 2; ++i) {  // more steps than the cache keeps
        for (int width = 20; width < 150; width += 11) {
            used.warp(standing_pose({600, 200}, width), kFrame);
        }
    }
    for (int width = 20; width < 150; width += 13) {
        AffineWarp fresh(garment, {});
        const Pose pose = standing_pose({600, 200}, width, 0.2);
        CHECK(same(*used.warp(pose, kFrame), *fresh.warp(pose, kFrame)));
    }
}

TEST_CASE("garments of any size and transparency can be worn") {
    for (const cv::Size size :
         {cv::Size(1, 1), cv::Size(3, 900), cv::Size(2000, 2), cv::Size(5, 5)}) {
        auto garment = std::make_shared<Garment>();
        garment->rgba = cv::Mat(size, CV_8UC4, cv::Scalar(10, 20, 30, 255));
        const auto right = static_cast<float>(size.width) - 0.5F;
        garment->anchors = {{"right_shoulder", {-0.5F, 0}}, {"left_shoulder", {right, 0}}};
        AffineWarp warp(garment, {});
        for (const double width : {1.5, 40.0, 900.0}) {
            const auto patch = warp.warp(standing_pose({600, 200}, width), kFrame);
            REQUIRE(patch.has_value());
        }
    }
    auto clear = shirt({400, 500});
    clear->rgba.setTo(cv::Scalar::all(0));
    const auto patch = AffineWarp(clear, {}).warp(standing_pose({600, 200}, 120), kFrame);
    REQUIRE(patch.has_value());
    CHECK(patch->where.area() > 300 * 300);  // an invisible garment costs what a visible one costs
    CHECK(cv::norm(patch->rgba, cv::NORM_INF) == 0);
}

TEST_CASE("a garment without shoulders is refused with the remedy") {
    auto garment = shirt({40, 50});
    garment->anchors.erase("left_shoulder");
    CHECK_THROWS_WITH_AS(AffineWarp(garment, {}), doctest::Contains("left_shoulder"), ConfigError);
}

TEST_CASE("warps are found by name and an unknown one is answered with the list") {
    CHECK(warps().size() >= 1);
    CHECK(make_warp("affine", shirt({40, 50})) != nullptr);
    CHECK_THROWS_WITH_AS(make_warp("bend", shirt({40, 50})), doctest::Contains("affine"),
                         ConfigError);
}

TEST_CASE("what lies under transparent pixels never shows at the edges") {
    auto garment = shirt({400, 500});
    for (int y = 0; y < 500; ++y) {
        for (int x = 0; x < 400; ++x) {
            auto& p = garment->rgba.at<cv::Vec4b>(y, x);
            const auto v = static_cast<std::uint8_t>(p[3] > 0 ? 255 : 0);
            p = {v, v, v, p[3]};
        }
    }
    AffineWarp warp(garment, {});
    for (const double width : {30.0, 97.0, 260.0}) {
        const auto patch = warp.warp(standing_pose({600, 200}, width, 0.3), kFrame);
        REQUIRE(patch.has_value());
        int dark = 0;
        for (int y = 0; y < patch->rgba.rows; ++y) {
            for (int x = 0; x < patch->rgba.cols; ++x) {
                const auto& p = patch->rgba.at<cv::Vec4b>(y, x);
                dark += p[3] > 0 && p[0] < 255;
            }
        }
        CHECK(dark == 0);
    }
}

TEST_CASE("shrunk garments show no pattern that is not there") {
    // A checkerboard of single pixels is gray from afar; an aliased one would flicker.
    auto garment = std::make_shared<Garment>();
    garment->rgba = cv::Mat(512, 512, CV_8UC4);
    for (int y = 0; y < 512; ++y) {
        for (int x = 0; x < 512; ++x) {
            const auto v = static_cast<std::uint8_t>((x + y) % 2 == 0 ? 255 : 0);
            garment->rgba.at<cv::Vec4b>(y, x) = {v, v, v, 255};
        }
    }
    garment->anchors = {{"right_shoulder", {100, 100}}, {"left_shoulder", {400, 100}}};
    AffineWarp warp(garment, {});
    const auto patch = warp.warp(standing_pose({600, 200}, 40, 0.3), kFrame);
    REQUIRE(patch.has_value());
    double worst = 0;
    for (int y = 0; y < patch->rgba.rows; ++y) {
        for (int x = 0; x < patch->rgba.cols; ++x) {
            const auto& p = patch->rgba.at<cv::Vec4b>(y, x);
            if (p[3] == 255) {
                worst = std::max(worst, std::abs(p[0] - 127.5));
            }
        }
    }
    CHECK(worst < 20);
}

}  // namespace
