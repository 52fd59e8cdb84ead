#include "warp/mesh/panel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "warp/mesh/mesh_fixtures.h"
#include "warp/mesh/posed_figure.h"
#include "warp/mesh/silhouette.h"
#include "warp/mesh/torso_map.h"

namespace {

using namespace closet;
using namespace closet::test;

/// Somebody who was seen to face that way.
Pose facing(double degrees, float certainty = 1) {
    PosedFigure figure;
    figure.turned = degrees;
    Pose pose = figure.pose();
    pose.facing = {static_cast<float>(degrees * CV_PI / 180), certainty};
    return pose;
}

mesh::Panel panel(const Pose& pose, bool is_back) {
    const auto body = body_frame(pose, 0.3F);
    REQUIRE(body);
    return mesh::panel_of(pose, *body, is_back);
}

/// From the spine to the farthest of a layer's points to either side, shoulder widths.
std::array<double, 2> reach(const LaidMesh& mesh, std::size_t layer, double above) {
    std::array<double, 2> most{};
    for (const cv::Point2d& p : mesh.points[layer]) {
        const cv::Point2d off = (p - mesh.body.middle) / mesh.body.unit;
        if (off.y < above) {
            most[0] = std::max(most[0], -off.x);
            most[1] = std::max(most[1], off.x);
        }
    }
    return most;
}

}  // namespace

TEST_CASE("panels are for who was seen to stand sideways") {
    CHECK(panel(facing(0), false).share == 0);
    CHECK(panel(facing(30), false).share == 0);
    CHECK(panel(facing(90, 0), false).share == 0);
    CHECK(panel(facing(180), true).share == 0);
    for (const double way : {-1.0, 1.0}) {
        const mesh::Panel front = panel(facing(90 * way), false);
        CHECK(front.share == doctest::Approx(1));
        CHECK(front.angle == doctest::Approx(way * CV_PI / 2).epsilon(0.02));
        CHECK(panel(facing(90 * way), true).angle ==
              doctest::Approx(-way * CV_PI / 2).epsilon(0.02));
        CHECK(panel(facing(75 * way), true).below);
        CHECK(panel(facing(110 * way), false).below);
    }
}

TEST_CASE("in profile a panel goes from the seam in the middle to the silhouette") {
    for (const double way : {-1.0, 1.0}) {
        const mesh::PanelRow row({way * CV_PI / 2, 0.7, 1, false}, 1, 0, 0.4);
        CHECK(row.at(-way) == doctest::Approx(0));
        CHECK(row.at(0) == doctest::Approx(way));
        CHECK(row.at(way) == doctest::Approx(way).epsilon(0.01));  // turned away
        CHECK(row.behind(way) == doctest::Approx(0));
        mesh::PanelRow wider = row;
        wider.widen(1.5);
        CHECK(wider.edge() == doctest::Approx(1.5 * row.edge()));
        const mesh::PanelRow shoulders({way * CV_PI / 2, 0.7, 1, false}, 0, 0, 0.4);
        CHECK(shoulders.at(-way * 0.7) == doctest::Approx(0).epsilon(0.01));
        CHECK(way * shoulders.at(0) > 0.4);  // the neck
    }
}

TEST_CASE("rows of a panel keep their order however far it is turned") {
    for (double degrees = -170; degrees <= 170; degrees += 10) {
        const mesh::PanelRow row({degrees * CV_PI / 180, 0.8, 1, true}, 0.6, 0.5, 0.4);
        double last = row.at(-1.3);
        for (double across = -1.25; across <= 1.3; across += 0.05) {
            CHECK(row.at(across) >= last);
            last = row.at(across);
        }
    }
}

TEST_CASE("a sleeve of who stands sideways hangs from the middle, the far one behind the body") {
    const Pose pose = facing(90);
    MeshWarp warp(tee(), {});
    const auto laid = warp.lay(Wearer(pose), {462, 462});
    REQUIRE(laid);
    const auto near = reach(*laid, mesh::kFirstSleeve, 0.15);
    CHECK(near[0] < 0.4);
    CHECK(near[1] < 0.4);
    const auto& steps = laid->steps;
    const auto step = [&](std::size_t layer) {
        return std::find_if(steps.begin(), steps.end(),
                            [&](const LaidMesh::Step& one) { return one.layer == layer; });
    };
    CHECK(step(mesh::kFirstSleeve + 1) < step(mesh::kTorso));
    CHECK(step(mesh::kFirstSleeve) > step(mesh::kTorso));
}

TEST_CASE("near sleeves hang from the torso until their seam faces the camera, far ones never") {
    for (const double way : {-1.0, 1.0}) {
        const auto near = way > 0 ? mesh::PictureSide::kLeft : mesh::PictureSide::kRight;
        const auto far = way > 0 ? mesh::PictureSide::kRight : mesh::PictureSide::kLeft;
        const mesh::Panel beside = panel(facing(50 * way), false);
        REQUIRE(beside.share > 0.5);
        CHECK(beside.capped(near) < 0.1);
        CHECK(beside.capped(far) == beside.share);
        CHECK(panel(facing(90 * way), false).capped(near) == doctest::Approx(1));
    }
    // No gap between both at the shoulder.
    const Pose pose = facing(50);
    MeshWarp warp(tee(), {});
    const auto laid = warp.lay(Wearer(pose), {462, 462});
    REQUIRE(laid);
    const auto& chart = warp.chart();
    const auto& torso = laid->points[mesh::kTorso];
    const auto& sleeve = laid->points[mesh::kFirstSleeve];
    double farthest = 0;
    for (std::size_t i = 0; i < sleeve.size(); ++i) {
        if (chart.layer[mesh::kFirstSleeve].vertices[i].sleeve[0].t > 0) {
            continue;
        }
        double nearest = 1e9;
        for (const cv::Point2d& p : torso) {
            nearest = std::min(nearest, length_of(p - sleeve[i]));
        }
        farthest = std::max(farthest, nearest / laid->unit);
    }
    CHECK(farthest < 0.17);  // less than with rigid sleeves, 0.22
}

TEST_CASE("the head of a sleeve that is seen from the side is round") {
    const Pose pose = facing(90);
    MeshWarp warp(tee(), {});
    const auto laid = warp.lay(Wearer(pose), {462, 462});
    REQUIRE(laid);
    const auto& sleeve = laid->points[mesh::kFirstSleeve];
    const auto by_y = [](const cv::Point2d& a, const cv::Point2d& b) { return a.y < b.y; };
    const cv::Point2d top = *std::min_element(sleeve.begin(), sleeve.end(), by_y);
    double left = 1e9, right = -1e9;
    for (const cv::Point2d& p : sleeve) {
        if (std::abs(p.y - top.y - 0.25 * laid->unit) < 0.05 * laid->unit) {
            left = std::min(left, p.x);
            right = std::max(right, p.x);
        }
    }
    CHECK(std::abs(top.x - (left + right) / 2) < 0.2 * (right - left));
}

TEST_CASE("chests and backs seen from the side are nowhere hollow below the neck") {
    const auto garment = tee();
    const mesh::GarmentChart chart(*garment);
    for (const double degrees : {60.0, 90.0}) {
        for (const bool is_back : {false, true}) {
            const Pose pose = facing(degrees);
            const auto body = body_frame(pose, 0.3F);
            REQUIRE(body);
            const mesh::Silhouette silhouette(*body, nullptr, !is_back);
            const mesh::TorsoMap torso(chart, silhouette, nullptr, 0, 1, {},
                                       mesh::panel_of(pose, *body, is_back));
            std::vector<cv::Point2d> edge;  // down and out, shoulder widths
            for (std::size_t i = 0; i < chart.rows.size(); ++i) {
                if (chart.rows[i].y > chart.tip_y && chart.rows[i].fit < 1) {
                    const auto at = torso.edge(i);
                    edge.emplace_back((at.at - body->middle).dot(body->down) / body->unit,
                                      (at.at - body->middle).dot(at.outwards) / body->unit);
                }
            }
            REQUIRE(edge.size() > 4);
            double hollow = 0;
            for (const cv::Point2d& p : edge) {
                const double share = (p.x - edge.front().x) / (edge.back().x - edge.front().x);
                hollow = std::max(hollow, mesh::mix(edge.front().y, edge.back().y, share) - p.y);
            }
            CHECK(hollow < 0.01);
        }
    }
}

TEST_CASE("what of a neckline has turned away does not stand up beside the neck") {
    const auto garment = tee();
    const mesh::GarmentChart chart(*garment);
    for (const double degrees : {-90.0, -65.0, 65.0, 90.0}) {
        const Pose pose = facing(degrees);
        const auto body = body_frame(pose, 0.3F);
        REQUIRE(body);
        const mesh::Silhouette silhouette(*body, nullptr, true);
        const mesh::TorsoMap torso(chart, silhouette, nullptr, 0, 1, {},
                                   mesh::panel_of(pose, *body, false));
        const auto level = [&](cv::Point2d at) {
            const mesh::TorsoPoint point = chart.torso_at(at * chart.scale);
            return (torso.at(point, point.across, false) - body->middle).dot(body->down) /
                   body->unit;
        };
        const cv::Point2d throat(250, 74), far(degrees > 0 ? 289 : 210, 51);
        CHECK(level(far) > level(throat) - 0.02);
        CHECK(level({499 - far.x, far.y}) < level(throat) - 0.03);
    }
}

TEST_CASE("front and back are sewn together where a body is seen from the side") {
    MeshWarp warp(tee(), {});
    const auto torsos = [&](const Pose& pose) {
        const auto drawing = warp.draw(Wearer(pose), {462, 462});
        REQUIRE(drawing);
        REQUIRE(drawing->sides.size() == 1);
        const auto& layers = drawing->sides.front().layers;
        return std::count_if(layers.begin(), layers.end(),
                             [](const mesh::DrawnLayer& layer) { return layer.is_torso; });
    };
    CHECK(torsos(facing(0)) == 1);
    CHECK(torsos(facing(90)) == 2);
    // The fold of the seam lies on the panel below.
    const Pose pose = facing(75);
    const auto drawing = warp.draw(Wearer(pose), {462, 462});
    REQUIRE(drawing);
    std::vector<bool> shaded;
    for (const mesh::DrawnLayer& layer : drawing->sides.front().layers) {
        if (layer.is_torso) {
            shaded.push_back(layer.shade.has_value());
        }
    }
    CHECK(shaded == std::vector{false, true});
}

TEST_CASE("the skirt of a dress is no shorter than from the front on who stands sideways") {
    MeshWarp warp(dress(), {});
    const auto hem = [&](const Pose& pose) {
        const auto laid = warp.lay(Wearer(pose), {462, 800});
        REQUIRE(laid);
        double lowest = 0;
        for (const cv::Point2d& p : laid->points[mesh::kTorso]) {
            lowest = std::max(lowest, (p - laid->body.middle).dot(laid->body.down));
        }
        return lowest;
    };
    CHECK(hem(facing(90)) > 1.03 * hem(facing(90, 0)));
}
