#include "warp/mesh/panel.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "warp/mesh/mesh_fixtures.h"
#include "warp/mesh/posed_figure.h"

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
