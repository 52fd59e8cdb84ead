#include "warp/garment/photo/waistband.h"

#include <array>
#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "support/shared_data.h"
#include "warp/garment/photo/cut_out.h"
#include "warp/garment/photo/find_anchors.h"
#include "warp/garment/photo/made_photos.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kWaistPhoto{600, 800};
const cv::Point2f kLeftEnd{150, 100}, kRightEnd{450, 100};

/// A skirt's cut-out whose inside shows above a front edge that hangs 30 px between the waist's
/// ends, a seam beside the outline below; with a weave's unrest.
cv::Mat open_waist(const cv::Scalar& cloth, const cv::Scalar& inside, double seam = 0.85) {
    cv::Mat rgba(kWaistPhoto, CV_8UC4, cv::Scalar::all(0));
    cv::RNG random(3);
    for (int y = 100; y < 700; ++y) {
        const double wide = 150 + 0.15 * (y - 100);
        for (int x = cvCeil(300 - wide); x <= cvFloor(300 + wide); ++x) {
            const double u = std::clamp((x - 300) / 150.0, -1.0, 1.0);
            const bool is_inside = y < 100 + 30 * (1 - u * u);
            const bool is_seam = std::abs(y - 160) < 2;
            const double unrest = random.gaussian(2);
            auto& pixel = rgba.at<cv::Vec4b>(y, x);
            for (int c = 0; c < 3; ++c) {
                pixel[c] = cv::saturate_cast<uchar>(
                    (is_inside ? inside[c] : (is_seam ? seam : 1.0) * cloth[c]) + unrest);
            }
            pixel[3] = 255;
        }
    }
    return rgba;
}

TEST_CASE("The inside of a waist goes, the front stays") {
    for (const auto& [cloth, inside] :
         {std::pair<cv::Scalar, cv::Scalar>{{150, 60, 70}, {110, 40, 50}},
          {{40, 50, 90}, {200, 195, 190}},      // a bright lining
          {{120, 110, 100}, {104, 96, 87}}}) {  // one cloth, in shade
        CAPTURE(cloth[0]);
        cv::Mat rgba = open_waist(cloth, inside);
        const cv::Mat before = rgba.clone();
        REQUIRE(remove_waistband_inside(rgba, kRightEnd, kLeftEnd));
        int inside_left = 0, front = 0;
        for (int y = 96; y < 136; ++y) {
            for (int x = 170; x < 430; ++x) {
                const cv::Vec4b& pixel = rgba.at<cv::Vec4b>(y, x);
                if (pixel[3] > 200) {
                    const cv::Scalar color(pixel[0], pixel[1], pixel[2]);
                    inside_left += cv::norm(color - inside) < cv::norm(color - cloth) ? 1 : 0;
                    ++front;
                }
            }
        }
        CHECK(front > 33 * 260);  // it reaches up to the waist's line
        CHECK(inside_left < front / 50);
        // Far below nothing moves.
        const cv::Rect below(0, 300, kWaistPhoto.width, 400);
        CHECK(cv::norm(rgba(below), before(below), cv::NORM_INF) == 0);
        CHECK(rgba.at<cv::Vec4b>(90, 300)[3] == 0);
    }
}

TEST_CASE("A waist that shows no inside stays as it is") {
    for (const double seam : {1.0, 0.7, 0.3}) {
        cv::Mat rgba = open_waist({120, 110, 100}, {120, 110, 100}, seam);
        const cv::Mat before = rgba.clone();
        CHECK(!remove_waistband_inside(rgba, kLeftEnd, kRightEnd));
        CHECK(cv::norm(rgba, before, cv::NORM_INF) == 0);
    }
}

TEST_CASE("Points that are no waist's change nothing") {
    cv::Mat rgba = open_waist({150, 60, 70}, {90, 30, 40});
    const cv::Mat before = rgba.clone();
    const float nan = std::nanf("");
    const std::vector<std::pair<cv::Point2f, cv::Point2f>> pairs{
        {{300, 100}, {300, 100}}, {{300, 100}, {300, 300}}, {{-50, 100}, {380, 100}},
        {{150, 100}, {900, 100}}, {{nan, 100}, {380, 100}}, {{150, 100}, {1e30F, 100}}};
    for (const auto& [left, right] : pairs) {
        CHECK(!remove_waistband_inside(rgba, left, right));
    }
    CHECK(cv::norm(rgba, before, cv::NORM_INF) == 0);
    // At the picture's border nothing is read outside of it.
    remove_waistband_inside(rgba, {0, 0}, {599, 0});
    remove_waistband_inside(rgba, {0, 799}, {599, 799});
    cv::Mat tiny(1, 20, CV_8UC4, cv::Scalar::all(255));
    remove_waistband_inside(tiny, {0, 0}, {19, 0});
}

TEST_CASE("Of the shared trousers those with an open waist lose its inside") {
    struct Waist {
        const char* file;
        bool is_open;
    };
    for (const Waist& waist :
         {Waist{"trousers_051985.jpg", true}, Waist{"trousers_013608.jpg", false}}) {
        const auto path = shared_file(std::filesystem::path("media/garments") / waist.file);
        if (!path) {
            return;
        }
        CAPTURE(waist.file);
        cv::Mat rgb = cv::imread(path->string());
        cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
        cv::Mat rgba = cut_out(rgb, waist.file).rgba;
        FoundAnchors found = find_anchors(rgba);
        CHECK(remove_waistband_inside(rgba, found.anchors["left_waist"],
                                      found.anchors["right_waist"]) == waist.is_open);
    }
}

}  // namespace
