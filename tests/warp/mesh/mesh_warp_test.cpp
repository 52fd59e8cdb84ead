#include "warp/mesh/mesh_warp.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "core/pose.h"
#include "warp/mesh/mesh_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

constexpr double kPi = 3.14159265358979;
const cv::Size kFrame(800, 900);

Pose person() {
    return standing_pose({400, 250}, 200);
}

BodyShape shape_of_width(float half_width) {
    BodyShape shape;
    for (auto& side : shape.half_width) {
        side.fill({half_width, 1.0F});
    }
    return shape;
}

/// Half width of the torso layer at a level (shoulder widths below the shoulders).
double width_at(const MeshWarp& warp, const Pose& pose, double level) {
    const cv::Mat frame = on_frame(const_cast<MeshWarp&>(warp).warp(pose, kFrame), kFrame);
    int count = 0;
    for (int x = 0; x < frame.cols; ++x) {
        count += frame.at<cv::Vec4b>(cvRound(250 + 200 * level), x)[3] > 127 ? 1 : 0;
    }
    return count / 400.0;
}

}  // namespace

TEST_CASE("a garment sits on the shoulders of a person who stands straight") {
    const MeshWarp warp(tee(), {});
    const auto laid = warp.lay(person(), kFrame);
    REQUIRE(laid);
    const auto& vertices = warp.chart().layer[mesh::kTorso].vertices;
    for (std::size_t i = 0; i < vertices.size(); ++i) {
        const cv::Point2d at = laid->points[mesh::kTorso][i];
        if (std::abs(vertices[i].garment.x - 249.5) < 1.0) {  // the axis lies on the spine
            CHECK(at.x == doctest::Approx(400).epsilon(0.005));
        }
    }
    const cv::Mat frame = on_frame(MeshWarp(tee(), {}).warp(person(), kFrame), kFrame);
    CHECK(frame.at<cv::Vec4b>(300, 400)[3] == 255);  // the chest
    CHECK(frame.at<cv::Vec4b>(260, 300)[3] == 255);  // the shoulders
    CHECK(frame.at<cv::Vec4b>(260, 500)[3] == 255);
    CHECK(frame.at<cv::Vec4b>(200, 400)[3] == 0);  // the throat
    CHECK(frame.at<cv::Vec4b>(700, 400)[3] == 0);  // the legs
}

TEST_CASE("a garment that takes the light comes out as one to which it is applied") {
    const LightGains gains{0.9F, 1.05F, 1.1F};
    MeshWarp lit(tee(), {}), plain(tee(), {});
    CHECK(lit.take_light(gains));
    const std::optional<Patch> patch = lit.warp(person(), kFrame);
    std::optional<Patch> expected = plain.warp(person(), kFrame);
    REQUIRE(patch);
    REQUIRE(expected);
    apply_light(expected->rgba, gains);
    CHECK(cv::norm(patch->rgba, expected->rgba, cv::NORM_INF) == 0);
    CHECK(lit.take_light({1.0F, 1.0F, 1.0F}));
    CHECK(cv::norm(lit.warp(person(), kFrame)->rgba, expected->rgba, cv::NORM_INF) > 0);
}

TEST_CASE("a garment's patch tells which of its pixels are seen") {
    MeshWarp warp(tee(), {});
    const std::optional<Patch> patch = warp.warp(person(), kFrame);
    REQUIRE(patch);
    REQUIRE(patch->seen.size() == static_cast<std::size_t>(patch->rgba.rows));
    for (int y = 0; y < patch->rgba.rows; ++y) {
        const auto width = static_cast<std::size_t>(patch->rgba.cols);
        const pixel_row::Span all = pixel_row::visible(patch->rgba.ptr(y), width);
        const pixel_row::Span& seen = patch->seen[static_cast<std::size_t>(y)];
        CHECK((all.empty() || (seen.begin <= all.begin && all.end <= seen.end)));
    }
}

TEST_CASE("a similarity of the keypoints moves every vertex by the same similarity") {
    const MeshWarp warp(tee(true), {});
    Pose pose = person();
    set_arms(pose, 0.6, 0.5);
    const auto before = warp.lay(pose, kFrame);
    REQUIRE(before);
    const double angle = 0.4, scale = 0.7;
    const auto moved = [&](cv::Point2d p) {
        return cv::Point2d(scale * (p.x * std::cos(angle) - p.y * std::sin(angle)) + 310,
                           scale * (p.x * std::sin(angle) + p.y * std::cos(angle)) - 40);
    };
    for (Keypoint& point : pose.keypoints) {
        const cv::Point2d p = moved({point.x, point.y});
        point.x = static_cast<float>(p.x);
        point.y = static_cast<float>(p.y);
    }
    const auto after = warp.lay(pose, kFrame);
    REQUIRE(after);
    double worst = 0;
    for (std::size_t layer = 0; layer < mesh::kLayers; ++layer) {
        for (std::size_t i = 0; i < before->points[layer].size(); ++i) {
            const cv::Point2d off = moved(before->points[layer][i]) - after->points[layer][i];
            worst = std::max(worst, std::hypot(off.x, off.y));
        }
    }
    CHECK(worst < 0.01);  // keypoints are floats
}

TEST_CASE("torso and sleeve agree along the armhole") {
    const MeshWarp warp(tee(), {});
    for (const double raise : {0.1, 0.8, 1.5, 2.2}) {
        CAPTURE(raise);
        Pose pose = person();
        set_arms(pose, raise);
        const auto laid = warp.lay(pose, kFrame);
        REQUIRE(laid);
        double worst = 0;
        int compared = 0;
        const auto& torso = warp.chart().layer[mesh::kTorso].vertices;
        for (const std::size_t sleeve : {1U, 2U}) {
            const auto& vertices = warp.chart().layer[sleeve].vertices;
            for (std::size_t i = 0; i < torso.size(); ++i) {
                for (std::size_t k = 0; k < vertices.size(); ++k) {
                    // The armhole's lowest quarter is where the layers may part.
                    if (torso[i].garment == vertices[k].garment && torso[i].garment.y < 160) {
                        const cv::Point2d off =
                            laid->points[mesh::kTorso][i] - laid->points[sleeve][k];
                        worst = std::max(worst, std::hypot(off.x, off.y));
                        ++compared;
                    }
                }
            }
        }
        CHECK(compared > 20);
        CHECK(worst < 1.0);
    }
}

TEST_CASE("a short sleeve is as long from the shoulder as its outer edge") {
    const auto cuff_of = [](bool wide) {
        const MeshWarp warp(tee(false, wide), {});
        Pose pose = person();
        set_arms(pose, 0.2);
        const auto laid = warp.lay(pose, kFrame);
        REQUIRE(laid);
        const Keypoint& shoulder = pose.at(Joint::kRightShoulder);
        const Keypoint& elbow = pose.at(Joint::kRightElbow);
        const cv::Point2d arm(elbow.x - shoulder.x, elbow.y - shoulder.y);
        double sum = 0;
        int count = 0;
        const auto& vertices = warp.chart().layer[1].vertices;
        for (std::size_t i = 0; i < vertices.size(); ++i) {
            if (std::abs(vertices[i].sleeve[0].t - 1) < 0.1) {
                const cv::Point2d at = laid->points[1][i] - cv::Point2d(shoulder.x, shoulder.y);
                sum += at.dot(arm) / arm.dot(arm);
                ++count;
            }
        }
        REQUIRE(count > 0);
        return sum / count;  // of the upper arm
    };
    // In chests of 200 pixels the edges are 0.55 and 0.97 long; tips lie above the joints.
    CHECK(std::abs(cuff_of(false) - 0.38) < 0.03);
    CHECK(std::abs(cuff_of(true) - 0.78) < 0.03);
}

TEST_CASE("no triangle turns over while the arms rise but for a crease on the shoulder high up") {
    for (const bool long_sleeves : {false, true}) {
        CAPTURE(long_sleeves);
        const auto garment = tee(long_sleeves);
        const MeshWarp warp(garment, {});
        for (int degrees = 0; degrees <= 180; degrees += 5) {
            CAPTURE(degrees);
            Pose pose = person();
            set_arms(pose, degrees * kPi / 180);
            const auto laid = warp.lay(pose, kFrame);
            REQUIRE(laid);
            const double allowed = degrees <= 130 ? 0.0 : degrees <= 155 ? 0.006 : 0.012;
            CHECK(folded(warp, *laid, *garment) <= allowed);
        }
    }
}

TEST_CASE("no triangle turns over while the forearms fold at any height of the arms") {
    const auto garment = tee(true);
    const MeshWarp warp(garment, {});
    for (const double raise : {0.2, 0.5, 1.2, 1.8}) {
        CAPTURE(raise);
        for (int degrees = -150; degrees <= 150; degrees += 10) {
            CAPTURE(degrees);
            Pose pose = person();
            set_arms(pose, raise, degrees * kPi / 180);
            const auto laid = warp.lay(pose, kFrame);
            REQUIRE(laid);
            CHECK(folded(warp, *laid, *garment) == 0);
        }
    }
}

TEST_CASE("hips that are not seen are where they usually are") {
    const MeshWarp warp(tee(), {});
    Pose pose = person();
    const auto seen = warp.lay(pose, kFrame);
    for (const Joint joint : {Joint::kLeftHip, Joint::kRightHip}) {
        pose.at(joint) = {-9000, 5000, 0, 0.01F};
    }
    const auto unseen = warp.lay(pose, kFrame);
    REQUIRE(seen);
    REQUIRE(unseen);
    for (std::size_t i = 0; i < seen->points[0].size(); ++i) {
        const cv::Point2d off = seen->points[0][i] - unseen->points[0][i];
        CHECK(std::hypot(off.x, off.y) < 10);
    }
}

TEST_CASE("arms that are not seen hang down") {
    MeshWarp warp(tee(true), {});
    Pose hanging = person();
    set_arms(hanging, 0.15);
    Pose unseen = person();
    for (const Joint joint :
         {Joint::kLeftElbow, Joint::kRightElbow, Joint::kLeftWrist, Joint::kRightWrist}) {
        unseen.at(joint) = {std::numeric_limits<float>::quiet_NaN(), 1e30F, 0, 0.05F};
    }
    const cv::Mat a = on_frame(warp.warp(hanging, kFrame), kFrame);
    const cv::Mat b = on_frame(warp.warp(unseen, kFrame), kFrame);
    CHECK(difference(a, b) < 0.06);
    Pose straight = person();
    set_arms(straight, 1.2);
    const cv::Mat c = on_frame(warp.warp(straight, kFrame), kFrame);
    straight.at(Joint::kLeftWrist).score = straight.at(Joint::kRightWrist).score = 0;
    const cv::Mat d = on_frame(warp.warp(straight, kFrame), kFrame);
    CHECK(difference(c, d) < 0.05);
}

TEST_CASE("a mirrored person in a mirrored garment is the mirrored picture") {
    const auto garment = tee(true);
    auto mirrored = std::make_shared<Garment>(*garment);
    mirrored->rgba = cv::Mat();
    cv::flip(garment->rgba, mirrored->rgba, 1);
    for (auto& [name, point] : mirrored->anchors) {
        const std::string other =
            name[0] == 'l' ? "right" + name.substr(4) : "left" + name.substr(5);
        point = garment->anchors.at(other);
        point.x = 499 - point.x;
    }
    Pose pose = person();
    set_arms(pose, 0.7, 0.6);
    pose.at(Joint::kLeftWrist).y += 60;
    Pose other = pose;
    for (Keypoint& point : other.keypoints) {
        point.x = 799 - point.x;
    }
    swap_labels(other);
    const cv::Mat a = on_frame(MeshWarp(garment, {}).warp(pose, kFrame), kFrame);
    cv::Mat b = on_frame(MeshWarp(mirrored, {}).warp(other, kFrame), kFrame);
    cv::flip(b, b, 1);
    CHECK(difference(a, b) < 0.002);
    CHECK(cv::norm(a, b, cv::NORM_L1) / (4.0 * static_cast<double>(a.total())) < 0.5);
}

TEST_CASE("what has no straps begins under the arms") {
    auto tube = std::make_shared<Garment>();
    tube->name = "tube";
    tube->sleeves = Sleeves::kNone;
    tube->rgba = patterned({{{160, 20}, {339, 20}, {345, 280}, {154, 280}}}, 300);
    tube->anchors = {{"right_shoulder", {160, 22}}, {"left_shoulder", {339, 22}},
                     {"right_armpit", {160, 40}},   {"left_armpit", {339, 40}},
                     {"right_hem", {154, 278}},     {"left_hem", {345, 278}}};
    const MeshWarp warp(tube, {});
    CHECK(width_at(warp, person(), 0.1) < 0.02);
    CHECK(width_at(warp, person(), 0.35) > 0.4);
    // Straps make shoulders of it.
    tube->anchors["right_armpit"] = {160, 100};
    tube->anchors["left_armpit"] = {339, 100};
    CHECK(width_at(MeshWarp(tube, {}), person(), 0.1) > 0.4);
}

TEST_CASE("swapped labels give the same picture") {
    MeshWarp warp(tee(true), {});
    Pose pose = person();
    set_arms(pose, 0.9, 0.4);
    const cv::Mat a = on_frame(warp.warp(pose, kFrame), kFrame);
    swap_labels(pose);
    const cv::Mat b = on_frame(warp.warp(pose, kFrame), kFrame);
    CHECK(cv::norm(a, b, cv::NORM_INF) <= 1);
}

TEST_CASE("the silhouette leads the sides within what a torso can be") {
    const MeshWarp warp(tee(), {});
    Pose pose = person();
    set_arms(pose, 1.4);
    std::array<double, 3> widths{};
    for (std::size_t i = 0; i < 3; ++i) {
        const std::array<float, 3> halves{0.36F, 0.48F, 90.0F};
        pose.shape = std::make_shared<BodyShape>(shape_of_width(halves[i]));
        widths[i] = width_at(warp, pose, 1.0);
    }
    CHECK(widths[0] == doctest::Approx(0.36 * 1.16).epsilon(0.15));
    CHECK(widths[1] > widths[0] + 0.025);
    CHECK(widths[2] < 0.9);
}

TEST_CASE("a tucked garment ends at the waist") {
    Pose pose = person();
    set_arms(pose, 1.4);
    MeshWarp loose(tee(), {});
    MeshWarp tucked(tee(), {.tuck = "yes"});
    const cv::Mat a = on_frame(loose.warp(pose, kFrame), kFrame);
    const cv::Mat b = on_frame(tucked.warp(pose, kFrame), kFrame);
    CHECK(a.at<cv::Vec4b>(500, 400)[3] == 255);
    CHECK(b.at<cv::Vec4b>(500, 400)[3] == 0);
    CHECK(cv::norm(a.rowRange(0, 440), b.rowRange(0, 440), cv::NORM_INF) == 0);
}

TEST_CASE("the nearer sleeve is painted last and an arm behind the body first") {
    const MeshWarp warp(tee(true), {});
    Pose pose = person();
    const auto order = [&] {
        const auto laid = warp.lay(pose, kFrame);
        REQUIRE(laid);
        std::vector<std::size_t> layers;
        for (const LaidMesh::Step& step : laid->steps) {
            CHECK(step.opacity == 1);
            layers.push_back(step.layer);
        }
        return layers;
    };
    pose.at(Joint::kLeftElbow).z = pose.at(Joint::kLeftWrist).z = -80;
    CHECK(order() == std::vector<std::size_t>{0, 1, 2});  // the left arm is on the right
    pose.at(Joint::kRightElbow).z = pose.at(Joint::kRightWrist).z = -200;
    CHECK(order() == std::vector<std::size_t>{0, 2, 1});
    pose.at(Joint::kRightElbow).z = pose.at(Joint::kRightWrist).z = 400;
    CHECK(order() == std::vector<std::size_t>{1, 0, 2});
}

TEST_CASE("of crossed forearms the one that is nearer where they cross lies on top") {
    MeshWarp warp(tee(true), {});
    Pose pose = person();
    pose.at(Joint::kLeftElbow) = {520, 420, 0, 1};
    pose.at(Joint::kRightElbow) = {280, 420, 0, 1};
    pose.at(Joint::kLeftWrist) = {340, 380, -60, 1};
    pose.at(Joint::kRightWrist) = {460, 380, -160, 1};
    auto laid = warp.lay(pose, kFrame);
    REQUIRE(laid);
    CHECK(laid->steps.back().layer == 1);
    CHECK(laid->steps.back().opacity == 1);
    // While they change places the picture changes by little at a time.
    cv::Mat before;
    double worst = 0;
    for (int z = -160; z <= 40; z += 4) {
        pose.at(Joint::kRightWrist).z = static_cast<float>(z);
        cv::Mat now = on_frame(warp.warp(pose, kFrame), kFrame);
        now.forEach<cv::Vec4b>([](cv::Vec4b& p, const int*) {
            for (int c = 0; c < 3; ++c) {
                p[c] = static_cast<std::uint8_t>(p[c] * p[3] / 255);
            }
        });
        if (!before.empty()) {
            cv::Mat off;
            cv::absdiff(before, now, off);
            worst = std::max(worst, cv::norm(off, cv::NORM_INF));
        }
        before = now;
    }
    CHECK(worst < 60);
    laid = warp.lay(pose, kFrame);
    CHECK(laid->steps.back().layer == 2);
}

TEST_CASE("a patch stays within the frame and keeps its outermost pixels transparent") {
    MeshWarp warp(tee(true), {});
    for (const double x : {-100.0, 0.0, 400.0, 790.0}) {
        for (const double width : {3.0, 40.0, 333.0, 1500.0}) {
            Pose pose = standing_pose({x, 300}, width, 0.3);
            const auto patch = warp.warp(pose, {801, 603});
            if (!patch) {
                continue;
            }
            CHECK((patch->where.x % 2 == 0 && patch->where.y % 2 == 0));
            CHECK((patch->where.width % 2 == 0 && patch->where.height % 2 == 0));
            CHECK((patch->where.x >= 0 && patch->where.br().x <= 802));
            CHECK((patch->where.y >= 0 && patch->where.br().y <= 604));
            if (patch->where.x > 0) {
                cv::Mat alpha;
                cv::extractChannel(patch->rgba.col(0), alpha, 3);
                CHECK(cv::countNonZero(alpha) == 0);
            }
        }
    }
}

TEST_CASE("hostile poses give nothing or a patch but never harm") {
    MeshWarp warp(tee(true), {});
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    Pose pose = person();
    pose.at(Joint::kLeftShoulder).x = kNan;
    CHECK_FALSE(warp.warp(pose, kFrame));
    pose = person();
    for (Keypoint& point : pose.keypoints) {
        point.x = point.y = 300;
    }
    CHECK_FALSE(warp.warp(pose, kFrame));
    pose = person();
    pose.at(Joint::kLeftShoulder).score = 0.1F;
    CHECK_FALSE(warp.warp(pose, kFrame));
    for (const float far : {1e5F, 1e20F, -3e4F}) {
        pose = person();
        pose.at(Joint::kLeftShoulder).x = far;
        warp.warp(pose, kFrame);
        pose = person();
        pose.at(Joint::kLeftElbow).x = pose.at(Joint::kLeftHip).y = far;
        pose.at(Joint::kLeftElbow).z = kNan;
        warp.warp(pose, kFrame);
    }
    pose = person();
    BodyShape shape = shape_of_width(-5.0F);
    shape.top.fill({1e30F, 7.0F});
    shape.arm[0].outer.fill({-1e30F, 1.0F});
    pose.shape = std::make_shared<BodyShape>(shape);
    CHECK(warp.warp(pose, kFrame));
}

TEST_CASE("garments that cannot be worn are refused in one sentence") {
    auto garment = tee();
    std::swap(garment->anchors["left_armpit"], garment->anchors["right_armpit"]);
    CHECK_THROWS_WITH_AS(MeshWarp(garment, {}),
                         "the anchors right_armpit and left_armpit of the garment 'tee' cross or "
                         "coincide: correct them in tee.json or have 'closet garment prepare' find "
                         "them",
                         ConfigError);
    garment = tee();
    garment->anchors["left_hem"].y = 100;
    CHECK_THROWS_AS(MeshWarp(garment, {}), ConfigError);

    auto dot = std::make_shared<Garment>();
    dot->name = "dot";
    dot->rgba = cv::Mat(1, 1, CV_8UC4, cv::Scalar::all(255));
    CHECK_THROWS_AS(MeshWarp(dot, {}), ConfigError);

    auto sheet = shirt({200, 300});
    sheet->sleeves = Sleeves::kLong;
    CHECK_THROWS_AS(MeshWarp(sheet, {}), ConfigError);

    auto unseen = shirt({200, 300});
    unseen->rgba.setTo(cv::Scalar::all(0));
    CHECK_FALSE(MeshWarp(unseen, {}).warp(person(), kFrame));
}

TEST_CASE("garments with few anchors are worn by their outline") {
    const auto complete = tee();
    auto bare = tee();
    bare->anchors = {{"left_shoulder", complete->anchors["left_shoulder"]},
                     {"right_shoulder", complete->anchors["right_shoulder"]}};
    Pose pose = person();
    const cv::Mat a = on_frame(MeshWarp(complete, {}).warp(pose, kFrame), kFrame);
    const cv::Mat b = on_frame(MeshWarp(bare, {}).warp(pose, kFrame), kFrame);
    CHECK(difference(a, b) < 0.1);
    MeshWarp sheet(shirt({200, 300}), {});
    CHECK(sheet.warp(pose, kFrame));
    auto sleeveless = tee();
    sleeveless->sleeves = Sleeves::kNone;
    CHECK(MeshWarp(sleeveless, {}).warp(pose, kFrame));
}
