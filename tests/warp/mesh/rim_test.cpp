#include "warp/mesh/rim.h"

#include <algorithm>
#include <array>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/curve.h"
#include "core/pose.h"
#include "warp/classes/person_classes.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/mesh/posed_figure.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kScreen(800, 900);

cv::Mat alpha_on_screen(MeshWarp& warp, const Wearer& wearer) {
    cv::Mat alpha;
    cv::extractChannel(on_frame(warp.warp(wearer, kScreen), kScreen), alpha, 3);
    return alpha > 127;
}

/// Own upper clothes that cover `mask` (CV_8UC1, 255 = clothes) before plain ground.
PersonClasses clothes_on(const cv::Mat& mask) {
    PersonClasses classes;
    classes.where = {{0, 0}, mask.size()};
    for (cv::Mat& plane : classes.probability) {
        plane = cv::Mat(mask.size(), CV_8UC1, cv::Scalar(0));
    }
    cv::blur(mask, classes.probability[static_cast<std::size_t>(Surface::kUpperClothes)], {3, 3});
    cv::bitwise_not(classes.of(Surface::kUpperClothes),
                    classes.probability[static_cast<std::size_t>(Surface::kGround)]);
    classes.classes_from_shown = {1, 0, 0, 0, 1, 0};
    return classes;
}

cv::Mat grown_by(const cv::Mat& mask, int px) {
    cv::Mat grown;
    cv::dilate(mask, grown, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * px + 1, 2 * px + 1}));
    return grown;
}

double off(const cv::Mat& a, const cv::Mat& b) {
    return static_cast<double>(cv::countNonZero(a ^ b)) / cv::countNonZero(a);
}

/// The chest to picture-right.
Pose sideways() {
    PosedFigure figure;
    figure.unit = 190;
    figure.turned = 90;
    Pose pose = figure.pose();
    pose.facing = {static_cast<float>(CV_PI / 2), 1};
    return pose;
}

struct Dressed {
    Pose pose = standing_pose({400, 250}, 200);
    Wearer wearer{pose};
    MeshWarp warp{tee(), {}};
    cv::Mat as_laid = alpha_on_screen(warp, wearer);

    cv::Mat over(const cv::Mat& own) {
        const PersonClasses classes = clothes_on(own);
        wearer.classes = &classes;
        return alpha_on_screen(warp, wearer);
    }
};

}  // namespace

TEST_CASE("edges go to those of the own clothes where both nearly agree") {
    Dressed dressed;
    for (const int px : {6, 10}) {
        const cv::Mat own = grown_by(dressed.as_laid, px);
        REQUIRE(off(own, dressed.as_laid) > 0.04);
        CHECK(off(own, dressed.over(own)) < 0.35 * off(own, dressed.as_laid));
    }
    cv::Mat smaller;
    cv::erode(dressed.as_laid, smaller, cv::getStructuringElement(cv::MORPH_ELLIPSE, {13, 13}));
    CHECK(off(smaller, dressed.over(smaller)) < 0.35 * off(smaller, dressed.as_laid));
}

TEST_CASE("edges stay where the own clothes are others, or hardly seen") {
    Dressed dressed;
    CHECK(off(dressed.as_laid, dressed.over(grown_by(dressed.as_laid, 40))) < 0.004);
    CHECK(off(dressed.as_laid, dressed.over(grown_by(dressed.as_laid, 8) / 2)) < 0.004);
    CHECK(off(dressed.as_laid, dressed.over(dressed.as_laid * 0)) < 0.004);
}

TEST_CASE("panels follow blurred edges of who stands sideways, up to the neck") {
    const Pose pose = sideways();
    MeshWarp warp(tee(), {});
    Wearer wearer(pose);
    const cv::Mat as_laid = alpha_on_screen(warp, wearer);
    const cv::Rect all = cv::boundingRect(as_laid);
    cv::Mat own;  // deeper by 14 pixels, hidden at the shoulders
    cv::dilate(as_laid, own, cv::getStructuringElement(cv::MORPH_RECT, {29, 1}));
    own.rowRange(0, all.y + 70).setTo(0);
    PersonClasses classes = clothes_on(own);
    for (cv::Mat& plane : classes.probability) {
        cv::blur(plane, plane, {11, 11});
    }
    wearer.classes = &classes;
    warp.begin_frame(0, true);
    const cv::Mat worn = alpha_on_screen(warp, wearer);
    const auto right = [&](const cv::Mat& mask, int from, int to) {
        const cv::Rect box = cv::boundingRect(mask.rowRange(all.y + from, all.y + to));
        return box.x + box.width;
    };
    CHECK(right(worn, 140, 200) > right(as_laid, 140, 200) + 9);
    CHECK(right(worn, 10, 25) > right(as_laid, 10, 25) + 5);
}

TEST_CASE("what a panel has turned away of a neckline stays where it was laid") {
    const auto garment = tee();
    const mesh::GarmentChart chart(*garment);
    cv::Mat alpha;
    cv::extractChannel(garment->rgba, alpha, 3);
    const PersonClasses classes = clothes_on(grown_by(alpha, 8));
    const Pose pose = standing_pose({250, 120}, 200);
    Wearer wearer(pose);
    wearer.classes = &classes;
    std::vector<cv::Point2d> rim;  // laid as in the garment's picture
    for (const mesh::RimPoint& point : chart.rim) {
        rim.push_back(point.vertex.garment);
    }
    std::array<std::vector<cv::Point2d>, mesh::kLayers> points;
    for (std::size_t layer = 0; layer < mesh::kLayers; ++layer) {
        for (const mesh::Vertex& vertex : chart.layer[layer].vertices) {
            points[layer].push_back(vertex.garment);
        }
    }
    const mesh::Panel panel{1, 0.8, 1, false};  // the right side is the far one
    mesh::RimFit fit;
    fit.begin_frame(0, true);
    fit.fit(chart, wearer, rim, {}, panel, points);
    const auto moved = [&](cv::Point2d from) {
        double most = 0;
        const auto& vertices = chart.layer[mesh::kTorso].vertices;
        for (std::size_t i = 0; i < vertices.size(); ++i) {
            if (length_of(vertices[i].garment - from) < 12) {
                most = std::max(most, length_of(points[mesh::kTorso][i] - vertices[i].garment));
            }
        }
        return most;
    };
    CHECK(moved({222, 58}) > 3);
    CHECK(moved({285, 54}) < 1);
    CHECK(moved({320, 65}) < 1);  // the shoulder
}

TEST_CASE("sleeves stay on arms that the own top leaves bare") {
    Dressed dressed;
    cv::Mat vest = dressed.as_laid.clone();  // its armholes are within reach of the sleeves' sides
    vest.colRange(0, 295).setTo(0);
    vest.colRange(505, vest.cols).setTo(0);
    PersonClasses classes = clothes_on(vest);
    cv::Mat& skin = classes.probability[static_cast<std::size_t>(Surface::kSkin)];
    cv::blur(dressed.as_laid & ~vest, skin, {3, 3});
    cv::Mat sleeves = dressed.as_laid & ~vest;
    REQUIRE(cv::countNonZero(sleeves) > 2000);
    dressed.wearer.classes = &classes;
    const cv::Mat worn = alpha_on_screen(dressed.warp, dressed.wearer);
    CHECK(cv::countNonZero(sleeves & ~worn) < 0.05 * cv::countNonZero(sleeves));
}

TEST_CASE("a long sleeve takes neither edge nor width of an own short one") {
    Dressed dressed;
    dressed.warp = MeshWarp(tee(true), {});
    // The upper arm as wide as the own sleeve that hangs around it.
    auto shape = std::make_shared<BodyShape>();
    for (BodyShape::Arm& arm : shape->arm) {
        for (std::size_t i = 0; i < BodyShape::kArmRows; ++i) {
            const double t = BodyShape::arm_parameter(i);
            const float half = t > 0.2 && t < 0.5 ? 0.24F : static_cast<float>(0.19 - 0.05 * t);
            arm.outer[i] = arm.inner[i] = {half, 1};
        }
    }
    dressed.pose.shape = shape;
    OwnClothes own;
    own.sleeve_end = {0.5, 0.5};
    const auto worn = [&](double seen, int edge_px) {
        own.sleeve_seen = {seen, seen};
        Wearer wearer(dressed.pose);
        wearer.own = own;
        const cv::Mat laid = alpha_on_screen(dressed.warp, wearer);
        cv::Mat sleeved = grown_by(laid, edge_px);
        laid.rowRange(340, laid.rows).copyTo(sleeved.rowRange(340, laid.rows));
        const PersonClasses classes = clothes_on(sleeved);
        wearer.classes = &classes;
        dressed.warp.begin_frame(0, true);
        return alpha_on_screen(dressed.warp, wearer);
    };
    const auto width = [](const cv::Mat& alpha) {
        return cv::boundingRect(alpha.rowRange(295, 325)).width;
    };
    const int plain = width(worn(1, 0));
    CHECK(width(worn(0, 0)) > plain + 4);
    CHECK(width(worn(0, 10)) > plain + 15);
    CHECK(width(worn(1, 10)) < plain + 3);
}

TEST_CASE("prints stay where they are when edges move") {
    Dressed dressed;
    const cv::Mat before = on_frame(dressed.warp.warp(dressed.wearer, kScreen), kScreen);
    const PersonClasses classes = clothes_on(grown_by(dressed.as_laid, 10));
    dressed.wearer.classes = &classes;
    const cv::Mat after = on_frame(dressed.warp.warp(dressed.wearer, kScreen), kScreen);
    const cv::Rect chest(360, 300, 80, 120);
    CHECK(cv::norm(before(chest), after(chest), cv::NORM_INF) <= 2);
}

TEST_CASE("edges of a person who is followed move slowly") {
    Dressed dressed;
    dressed.pose.person_id = 3;
    dressed.warp.begin_frame(0, true);
    const cv::Mat first = dressed.over(dressed.as_laid);
    const cv::Mat own = grown_by(dressed.as_laid, 10);
    dressed.warp.begin_frame(0.04, false);
    CHECK(off(first, dressed.over(own)) < 0.2 * off(own, first));
    for (int i = 2; i < 75; ++i) {
        dressed.warp.begin_frame(0.04 * i, false);
        dressed.over(own);
    }
    dressed.warp.begin_frame(3, false);
    CHECK(off(own, dressed.over(own)) < 0.4 * off(own, first));
}
