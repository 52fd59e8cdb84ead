#include <array>
#include <cmath>
#include <filesystem>
#include <vector>

#include <doctest/doctest.h>

#include "support/shared_data.h"
#include "warp/garment/photo/collar.h"
#include "warp/garment/photo/cut_out.h"
#include "warp/garment/photo/made_photos.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kSize{600, 800};
const cv::Point2f kLeft{220, 100};
const cv::Point2f kRight{380, 100};

/// A cut-out: a body whose inside of the back shows above a ribbed round neckline, all in the given
/// colors. The neckline is half an ellipse of half width 80 and depth 60 (rib: 70 and 50).
cv::Mat ribbed(const cv::Scalar& body, const cv::Scalar& rib, const cv::Scalar& inside) {
    cv::Mat rgba(kSize, CV_8UC4, cv::Scalar::all(0));
    const auto opaque = [](const cv::Scalar& c) { return cv::Scalar(c[0], c[1], c[2], 255); };
    cv::rectangle(rgba, cv::Rect(120, 100, 360, 600), opaque(body), cv::FILLED);
    cv::ellipse(rgba, {300, 100}, {82, 62}, 0, 0, 180, opaque(rib), cv::FILLED);
    cv::ellipse(rgba, {300, 100}, {70, 50}, 0, 0, 180, opaque(inside), cv::FILLED);
    // The back collar.
    cv::rectangle(rgba, cv::Rect(225, 96, 150, 10), opaque(rib), cv::FILLED);
    return rgba;
}

TEST_CASE("The inside of a ribbed collar goes and the rib stays") {
    cv::Mat rgba = ribbed({250, 250, 250}, {20, 80, 200}, {190, 190, 185});
    REQUIRE(remove_collar_inside(rgba, kLeft, kRight));
    // Rows down the middle: back rib, inside, front rib, body.
    for (const int y : {98, 120, 140}) {
        CHECK(rgba.at<cv::Vec4b>(y, 300)[3] == 0);
    }
    for (const int y : {156, 170, 400}) {
        CHECK(rgba.at<cv::Vec4b>(y, 300)[3] == 255);
    }
    CHECK(rgba.at<cv::Vec4b>(130, 260)[3] == 0);
    CHECK(rgba.at<cv::Vec4b>(130, 340)[3] == 0);
    CHECK(rgba.at<cv::Vec4b>(150, 180)[3] == 255);
}

TEST_CASE("The order of the neck points does not matter") {
    cv::Mat one = ribbed({60, 120, 60}, {60, 120, 60}, {40, 80, 40});
    cv::Mat other = one.clone();
    CHECK(remove_collar_inside(one, kLeft, kRight));
    CHECK(remove_collar_inside(other, kRight, kLeft));
    CHECK(cv::norm(one, other, cv::NORM_INF) == 0);
}

TEST_CASE("A garment that shows no inside stays as it is") {
    cv::Mat rgba = ribbed({90, 30, 30}, {90, 30, 30}, {90, 30, 30});
    const cv::Mat before = rgba.clone();
    CHECK(!remove_collar_inside(rgba, kLeft, kRight));
    CHECK(cv::norm(rgba, before, cv::NORM_INF) == 0);
}

TEST_CASE("Points that are no neck's change nothing") {
    cv::Mat rgba = ribbed({250, 250, 250}, {20, 80, 200}, {190, 190, 185});
    const cv::Mat before = rgba.clone();
    const float nan = std::nanf("");
    const std::vector<std::pair<cv::Point2f, cv::Point2f>> pairs{
        {{300, 100}, {300, 100}}, {{300, 100}, {305, 100}},   {{300, 100}, {300, 300}},
        {{-50, 100}, {380, 100}}, {{220, 100}, {900, 100}},   {{nan, 100}, {380, 100}},
        {{220, nan}, {380, 100}}, {{220, 1e30F}, {380, 100}}, {{220, 100}, {1e30F, 100}}};
    for (const auto& [left, right] : pairs) {
        CHECK(!remove_collar_inside(rgba, left, right));
    }
    CHECK(cv::norm(rgba, before, cv::NORM_INF) == 0);
    // At the picture's border nothing is read outside of it.
    remove_collar_inside(rgba, {0, 0}, {599, 0});
    remove_collar_inside(rgba, {0, 799}, {599, 799});
    cv::Mat tiny(1, 20, CV_8UC4, cv::Scalar::all(255));
    remove_collar_inside(tiny, {0, 0}, {19, 0});
}

TEST_CASE("A white label on black cloth is painted over") {
    cv::Mat rgba = ribbed({20, 20, 24}, {20, 20, 24}, {20, 20, 24});
    cv::rectangle(rgba, cv::Rect(285, 110, 30, 22), {240, 240, 240, 255}, cv::FILLED);
    REQUIRE(remove_collar_inside(rgba, kLeft, kRight));
    for (int y = 100; y < 160; ++y) {
        for (int x = 240; x < 360; ++x) {
            const auto& p = rgba.at<cv::Vec4b>(y, x);
            REQUIRE(p[0] < 40);
            REQUIRE(p[3] == 255);
        }
    }
}

struct Neck {
    const char* file;
    cv::Point2f left;
    cv::Point2f right;
    cv::Point gone;  ///< inside of the back collar
    cv::Point kept;  ///< front, just below the neckline
};

TEST_CASE("The shared garments with a clear neckline lose the inside only") {
    // Points set by eye.
    const std::array<Neck, 4> necks{{
        {"garment_00055.jpg", {266, 158}, {500, 154}, {383, 185}, {383, 226}},
        {"garment_06123.jpg", {262, 88}, {510, 88}, {385, 125}, {385, 160}},
        {"garment_12562.jpg", {262, 122}, {487, 122}, {375, 190}, {375, 230}},
        {"garment_09176.jpg", {268, 140}, {478, 140}, {372, 220}, {330, 300}},
    }};
    for (const auto& neck : necks) {
        const auto path = shared_file(std::filesystem::path("media/garments") / neck.file);
        if (!path) {
            return;
        }
        CAPTURE(neck.file);
        cv::Mat rgb = cv::imread(path->string());
        cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
        CutOut cut = cut_out(rgb, neck.file);
        CHECK(remove_collar_inside(cut.rgba, neck.left, neck.right));
        CHECK(cut.rgba.at<cv::Vec4b>(neck.gone)[3] == 0);
        CHECK(cut.rgba.at<cv::Vec4b>(neck.kept)[3] == 255);
    }
}

}  // namespace
