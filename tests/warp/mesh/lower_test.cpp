#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <doctest/doctest.h>

#include "core/error.h"
#include "warp/mesh/finish.h"
#include "warp/mesh/mesh_fixtures.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kTall(900, 1100);

Pose on_legs(double spread = 0.05, double bend = 0.0) {
    Pose pose = standing_pose({450, 150}, 160);
    set_legs(pose, spread, bend);
    return pose;
}

cv::Mat worn(const std::shared_ptr<Garment>& garment, const Pose& pose, cv::Size size = kTall) {
    MeshWarp warp(garment, {});
    return on_frame(warp.warp(pose, size), size);
}

std::uint8_t alpha_at(const cv::Mat& frame, cv::Point2d p) {
    return frame.at<cv::Vec4b>(cvRound(p.y), cvRound(p.x))[3];
}

cv::Point2d joint_of(const Pose& pose, Joint joint) {
    return {pose.at(joint).x, pose.at(joint).y};
}

/// Largest distance of vertices that two layers share, above a row of the garment.
double gap(const MeshWarp& warp, const LaidMesh& laid, std::size_t a, std::size_t b, double y) {
    double worst = 0;
    int compared = 0;
    const auto& first = warp.chart().layer[a].vertices;
    const auto& second = warp.chart().layer[b].vertices;
    for (std::size_t i = 0; i < first.size(); ++i) {
        for (std::size_t k = 0; k < second.size(); ++k) {
            if (first[i].garment == second[k].garment && first[i].garment.y < y) {
                worst = std::max(worst, cv::norm(laid.points[a][i] - laid.points[b][k]));
                ++compared;
            }
        }
    }
    CHECK(compared > 5);
    return worst;
}

}  // namespace

TEST_CASE("trousers reach from the waist to the ankles and leave what is between them") {
    const Pose pose = on_legs(0.15);
    const cv::Mat frame = worn(trousers(), pose);
    for (const Joint joint :
         {Joint::kLeftHip, Joint::kRightHip, Joint::kLeftKnee, Joint::kRightKnee}) {
        CHECK(alpha_at(frame, joint_of(pose, joint)) == 255);
    }
    const cv::Point2d ankle = joint_of(pose, Joint::kLeftAnkle);
    const cv::Point2d knee = joint_of(pose, Joint::kLeftKnee);
    CHECK(alpha_at(frame, knee + (ankle - knee) * 0.9) == 255);
    CHECK(alpha_at(frame, knee + (ankle - knee) * 1.15) == 0);
    CHECK(alpha_at(frame, (knee + joint_of(pose, Joint::kRightKnee)) / 2) == 0);
    CHECK(alpha_at(frame, {450, 200}) == 0);  // the chest
    const double waist = 150 + 0.62 * (joint_of(pose, Joint::kLeftHip).y - 150);
    CHECK(alpha_at(frame, {450, waist + 30}) == 255);
}

TEST_CASE("a similarity of the keypoints moves what covers the legs by the same similarity") {
    for (const auto& garment : {trousers(), skirt(), dress()}) {
        CAPTURE(garment->name);
        const MeshWarp warp(garment, {});
        Pose pose = on_legs(0.3, -0.5);
        const auto before = warp.lay(pose, kTall);
        REQUIRE(before);
        const auto moved = [&](cv::Point2d p) {
            return cv::Point2d(0.7 * (p.x * std::cos(0.4) - p.y * std::sin(0.4)) + 310,
                               0.7 * (p.x * std::sin(0.4) + p.y * std::cos(0.4)) - 40);
        };
        for (Keypoint& point : pose.keypoints) {
            const cv::Point2d p = moved({point.x, point.y});
            point.x = static_cast<float>(p.x);
            point.y = static_cast<float>(p.y);
        }
        const auto after = warp.lay(pose, kTall);
        REQUIRE(after);
        double worst = 0;
        for (std::size_t layer = 0; layer < mesh::kLayers; ++layer) {
            for (std::size_t i = 0; i < before->points[layer].size(); ++i) {
                worst = std::max(
                    worst, cv::norm(moved(before->points[layer][i]) - after->points[layer][i]));
            }
        }
        CHECK(worst < 0.01);
    }
}

TEST_CASE("both legs of trousers agree with the hips, at the crotch as well") {
    const MeshWarp warp(trousers(), {});
    for (const double spread : {-0.1, 0.1, 0.6, 1.2}) {
        CAPTURE(spread);
        const auto laid = warp.lay(on_legs(spread), kTall);
        REQUIRE(laid);
        CHECK(gap(warp, *laid, mesh::kTorso, mesh::kFirstLeg, 220) < 1e-6);
        CHECK(gap(warp, *laid, mesh::kTorso, mesh::kFirstLeg + 1, 220) < 1e-6);
        // Cells of one leg reach over the seam to the other.
        CHECK(gap(warp, *laid, mesh::kFirstLeg, mesh::kFirstLeg + 1, 222) < 3.0);
    }
}

TEST_CASE("no triangle turns over while the knees bend") {
    const auto garment = trousers();
    const MeshWarp warp(garment, {});
    for (const double spread : {0.0, 0.4, 1.0}) {
        for (int degrees = -150; degrees <= 150; degrees += 10) {
            CAPTURE(spread);
            CAPTURE(degrees);
            const auto laid = warp.lay(on_legs(spread, degrees * CV_PI / 180), kTall);
            REQUIRE(laid);
            CHECK(folded(warp, *laid, *garment) == 0);
        }
    }
}

TEST_CASE("no triangle turns over while the legs spread, and a skirt never folds") {
    const auto garment = trousers();
    const MeshWarp warp(garment, {});
    for (int degrees = -20; degrees <= 100; degrees += 5) {
        CAPTURE(degrees);
        const auto laid = warp.lay(on_legs(degrees * CV_PI / 180), kTall);
        REQUIRE(laid);
        CHECK(folded(warp, *laid, *garment) == 0);
    }
    for (const auto& hung : {skirt(), dress()}) {
        CAPTURE(hung->name);
        const MeshWarp swings(hung, {});
        for (int degrees = -20; degrees <= 60; degrees += 10) {
            for (const double bend : {-0.6, 0.0}) {
                CAPTURE(degrees);
                CAPTURE(bend);
                const auto laid = swings.lay(on_legs(degrees * CV_PI / 180, bend), kTall);
                REQUIRE(laid);
                CHECK(folded(swings, *laid, *hung) == 0);
            }
        }
    }
}

TEST_CASE("swapped labels of both sides give the same trousers, skirt and dress") {
    for (const auto& garment : {trousers(), skirt(), dress(), jumpsuit()}) {
        CAPTURE(garment->name);
        Pose pose = on_legs(0.2, -0.2);
        const cv::Mat before = worn(garment, pose);
        swap_labels(pose);
        CHECK(difference(before, worn(garment, pose)) < 0.001);
    }
}

TEST_CASE("legs that are not seen hang down, as far as the picture goes") {
    Pose pose = on_legs();
    for (const Joint joint :
         {Joint::kLeftKnee, Joint::kRightKnee, Joint::kLeftAnkle, Joint::kRightAnkle}) {
        pose.at(joint) = {900, 10, 0, 0.02F};
    }
    const cv::Size cropped(900, 480);  // just below the hips
    for (const auto& garment : {trousers(), skirt(), dress()}) {
        CAPTURE(garment->name);
        const cv::Mat frame = worn(garment, pose, cropped);
        CHECK(alpha_at(frame, joint_of(pose, Joint::kLeftHip)) == 255);
        CHECK(alpha_at(frame, {joint_of(pose, Joint::kLeftHip).x, 470}) == 255);
        const cv::Mat whole = worn(garment, pose);
        const cv::Point2d hip = joint_of(pose, Joint::kLeftHip);
        CHECK(alpha_at(whole, {hip.x, hip.y + 120}) == 255);
        CHECK(alpha_at(whole, {850, 60}) == 0);
    }
    // An ankle alone: the shin goes on as the thigh does.
    Pose bent = on_legs(0.3);
    const cv::Mat known = worn(trousers(), bent);
    bent.at(Joint::kLeftAnkle).score = 0.02F;
    CHECK(difference(known, worn(trousers(), bent)) < 0.1);
}

TEST_CASE("the nearer leg is painted last") {
    const auto order = [](const Pose& pose) {
        const auto laid = MeshWarp(trousers(), {}).lay(pose, kTall);
        REQUIRE(laid);
        std::vector<std::size_t> layers;
        for (const LaidMesh::Step& step : laid->steps) {
            if (step.opacity == 1 &&
                (step.layer == mesh::kTorso || step.layer >= mesh::kFirstLeg)) {
                layers.push_back(step.layer);
            }
        }
        return layers;
    };
    Pose pose = on_legs();
    pose.skeleton = Skeleton::kCoco17;
    const auto set_depth = [&](float left, float right) {
        pose.at(Joint::kLeftKnee).z = pose.at(Joint::kLeftAnkle).z = left;
        pose.at(Joint::kRightKnee).z = pose.at(Joint::kRightAnkle).z = right;
    };
    set_depth(-300, 300);  // the wearer's left leg, on the right of the picture
    CHECK(order(pose) == std::vector<std::size_t>{0, 3, 4});
    set_depth(300, -300);
    CHECK(order(pose) == std::vector<std::size_t>{0, 4, 3});
    set_depth(0, 0);
    pose.at(Joint::kLeftAnkle).y += 100;
    CHECK(order(pose) == std::vector<std::size_t>{0, 3, 4});
}

TEST_CASE("a skirt covers both legs and what is between them, and widens for spread knees") {
    const cv::Mat narrow = worn(skirt(), on_legs(0.02));
    const Pose apart = on_legs(0.35, -0.2);
    const cv::Mat wide = worn(skirt(), apart);
    const cv::Point2d left = joint_of(apart, Joint::kLeftKnee);
    const cv::Point2d right = joint_of(apart, Joint::kRightKnee);
    const double thigh = left.y - 30;
    for (double x = right.x; x <= left.x; x += 5) {
        CHECK(alpha_at(wide, {x, thigh}) == 255);
    }
    const auto width = [](const cv::Mat& frame, double y) {
        cv::Mat alpha;
        cv::extractChannel(frame.row(cvRound(y)), alpha, 3);
        return cv::countNonZero(alpha > 127);
    };
    CHECK(width(wide, thigh) > width(narrow, thigh) * 1.1);
    CHECK(alpha_at(wide, {450, 200}) == 0);
}

TEST_CASE("a dress has the sleeves and shoulders of a top and a skirt below") {
    const Pose pose = on_legs();
    const cv::Mat frame = worn(dress(), pose);
    const cv::Mat top = worn(tee(), pose);
    // Above the ribs it is the top.
    const cv::Rect above(0, 0, kTall.width, 260);
    CHECK(difference(top(above), frame(above)) < 0.03);
    const cv::Point2d hips =
        (joint_of(pose, Joint::kLeftHip) + joint_of(pose, Joint::kRightHip)) / 2;
    for (double y = 300; y < hips.y + 120; y += 4) {
        CHECK(alpha_at(frame, {450, y}) == 255);  // no gap at the waist, none between the legs
    }
}

TEST_CASE("a jumpsuit has the sleeves of a top and the legs of trousers without a gap between") {
    const auto garment = jumpsuit();
    const MeshWarp warp(garment, {});
    for (const double spread : {0.1, 0.5}) {
        CAPTURE(spread);
        const Pose pose = on_legs(spread);
        const cv::Mat frame = worn(garment, pose);
        const auto laid = warp.lay(pose, kTall);
        REQUIRE(laid);
        CHECK(folded(warp, *laid, *garment) == 0);
        const cv::Point2d hip = joint_of(pose, Joint::kLeftHip);
        for (double y = 200; y < hip.y + 30; y += 4) {
            CHECK(alpha_at(frame, {450, y}) == 255);
        }
        for (const auto& [knee, ankle] : {std::pair(Joint::kLeftKnee, Joint::kLeftAnkle),
                                          std::pair(Joint::kRightKnee, Joint::kRightAnkle)}) {
            CHECK(alpha_at(frame, joint_of(pose, knee)) == 255);
            const cv::Point2d along = joint_of(pose, ankle) - joint_of(pose, knee);
            CHECK(alpha_at(frame, joint_of(pose, knee) + along * 1.2) == 0);
        }
        CHECK(alpha_at(
                  frame,
                  (joint_of(pose, Joint::kLeftKnee) + joint_of(pose, Joint::kRightKnee)) / 2) == 0);
        const cv::Rect above(0, 0, kTall.width, 260);
        CHECK(difference(worn(tee(), pose)(above), frame(above)) < 0.03);
    }
}

TEST_CASE("anchors of what covers the legs that cross are refused") {
    const auto garment = trousers();
    garment->anchors["crotch"] = {249.5F, 20};
    CHECK_THROWS_AS(MeshWarp(garment, {}), ConfigError);
    const auto hung = skirt();
    hung->anchors["left_hip"] = {100, 160};
    hung->anchors["right_hip"] = {300, 160};
    CHECK_THROWS_AS(MeshWarp(hung, {}), ConfigError);
}

TEST_CASE("what covers the legs is found on the outline where no anchor tells") {
    for (const auto& garment : {trousers(), skirt()}) {
        CAPTURE(garment->name);
        const Pose pose = on_legs(0.15);
        const cv::Mat given = worn(garment, pose);
        garment->anchors.clear();
        CHECK(difference(given, worn(garment, pose)) < 0.12);
    }
}

TEST_CASE("a waistband lies on the one that is seen, or ends under the wearer's own top") {
    const Pose pose = on_legs(0.15);
    Wearer wearer(pose);
    REQUIRE(wearer.body);
    const double hips = wearer.body->torso / wearer.body->unit;
    const auto first_row = [&](bool under_own_top) {
        GarmentWarpOptions options;
        options.under_own_top = under_own_top;
        MeshWarp warp(trousers(), options);
        const cv::Mat frame = on_frame(warp.warp(wearer, kTall), kTall);
        int y = 0;
        while (y < frame.rows && frame.at<cv::Vec4b>(y, 450)[3] < 128) {
            ++y;
        }
        return (y - wearer.body->middle.y) / wearer.body->unit;
    };
    const double usual = first_row(true);
    OwnClothes line;
    line.seen = 1;
    for (const double level : {0.6 * hips, 0.8 * hips}) {
        line.waist.fill(level);
        line.hem = level;
        line.shows = 1;
        wearer.own = line;
        CHECK(std::abs(first_row(true) - level) < 0.06);
    }
    line.waist.fill(0.95 * hips);
    line.shows = 0;
    wearer.own = line;
    CHECK(std::abs(first_row(true) - 0.95 * hips) < 0.02);
    CHECK(std::abs(first_row(false) - usual) < 0.02);  // under a new top nothing is cut
}

TEST_CASE("a hem that would nearly lie on the wearer's own does, another does not") {
    const Pose pose = on_legs(0.15);
    Wearer wearer(pose);
    REQUIRE(wearer.body);
    const auto last_row = [&] {
        MeshWarp warp(skirt(), {});
        const cv::Mat frame = on_frame(warp.warp(wearer, kTall), kTall);
        int y = frame.rows - 1;
        while (y > 0 && frame.at<cv::Vec4b>(y, 450)[3] < 128) {
            --y;
        }
        return static_cast<double>(y);
    };
    const auto along = [&](double row) {  // of the leg, 0 hip .. 1 knee
        const double hip = joint_of(pose, Joint::kLeftHip).y;
        return (row - hip) / (joint_of(pose, Joint::kLeftKnee).y - hip);
    };
    const double usual = along(last_row());
    OwnClothes own;
    own.leg_seen = {1, 1};
    for (const double share : {0.92, 1.08}) {
        own.leg_end.fill(share * usual);
        wearer.own = own;
        CHECK(along(last_row()) == doctest::Approx(share * usual).epsilon(0.03));
    }
    own.leg_end.fill(0.6 * usual);
    wearer.own = own;
    CHECK(along(last_row()) == doctest::Approx(usual).epsilon(0.01));
}

TEST_CASE("no keypoints and no shape make what covers the legs crash or leave the picture") {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> place(-300, 1300), score(0, 1);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinite = std::numeric_limits<float>::infinity();
    const std::array odd{nan, infinite, -infinite, 60000.0F, -60000.0F, 0.0F, 450.0F, 1e-30F};
    for (const auto& garment : {trousers(), skirt(), dress(), jumpsuit()}) {
        MeshWarp warp(garment, {});
        for (int i = 0; i < 150; ++i) {
            Pose pose = on_legs();
            for (Keypoint& point : pose.keypoints) {
                if (i % 3 != 0 || random() % 3 == 0) {
                    point = {place(random), place(random), place(random), score(random)};
                }
                if (random() % 5 == 0) {
                    (random() % 2 == 0 ? point.x : point.z) = odd[random() % odd.size()];
                }
            }
            BodyShape shape;
            for (auto& leg : shape.leg) {
                for (auto* side : {&leg.outer, &leg.inner}) {
                    for (Measure& measure : *side) {
                        measure = {odd[random() % odd.size()], score(random)};
                    }
                }
            }
            pose.shape = std::make_shared<BodyShape>(shape);
            const auto patch = warp.warp(pose, kTall);
            CHECK((!patch || (patch->where & cv::Rect({0, 0}, kTall)) == patch->where));
        }
    }
}

TEST_CASE("a waist that lies aslant in its picture gives no streak beside the body") {
    const auto straight = trousers();
    auto garment = std::make_shared<Garment>(*straight);
    // The upper edge's picture-left half lies lower, as that of a photo taken askew.
    garment->rgba = straight->rgba.clone();
    garment->rgba({0, 0, 240, 52}).setTo(cv::Scalar::all(0));
    garment->anchors["right_waist"] = {163, 52};
    const Pose pose = on_legs();
    const cv::Mat frame = worn(garment, pose);
    cv::Mat alpha;
    cv::extractChannel(frame, alpha, 3);
    const cv::Rect box = cv::boundingRect(alpha);
    cv::extractChannel(worn(straight, pose), alpha, 3);
    CHECK(box.x == doctest::Approx(cv::boundingRect(alpha).x).epsilon(0.02));
}

TEST_CASE("slits beside the crotch are closed, and what is wide or open is left") {
    const double unit = 100;
    const cv::Point2d crotch(150, 120);
    const cv::Vec4b cloth(90, 60, 30, 255);
    const auto with = [&](const cv::Rect& hole) {
        cv::Mat canvas(300, 300, CV_8UC4, cv::Scalar::all(0));
        canvas(cv::Rect(20, 20, 260, 260)).setTo(cv::Scalar(cloth));
        canvas(hole).setTo(cv::Scalar::all(0));
        mesh::close_slits(canvas, crotch, unit);
        return canvas;
    };
    const cv::Point slit(165, 130);
    CHECK(with({slit, cv::Size(24, 4)}).at<cv::Vec4b>(132, 177) == cloth);
    CHECK(with({slit, cv::Size(30, 20)}).at<cv::Vec4b>(140, 180) == cv::Vec4b(0, 0, 0, 0));
    CHECK(with({slit, cv::Size(4, 150)}).at<cv::Vec4b>(140, 167) == cv::Vec4b(0, 0, 0, 0));
    // Beside a picture's border there may be nothing to look at.
    cv::Mat small(4, 4, CV_8UC4, cv::Scalar::all(0));
    mesh::close_slits(small, {1000, -50}, unit);
    mesh::close_slits(small, {2, 2}, 0);
    CHECK(cv::countNonZero(small.reshape(1)) == 0);
}
