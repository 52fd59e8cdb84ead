// Garments on each other: a jacket over what is worn under it.
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/ensemble.h"
#include "warp/mesh/mesh_fixtures.h"
#include "warp/warp.h"

namespace {

using namespace closet;
using namespace closet::test;

const cv::Size kOutfitFrame(800, 900);

Pose wearer_of_coats() {
    return standing_pose({400, 250}, 200);
}

/// A long-sleeved garment of one color, a little smaller all around, or open down its whole front.
std::shared_ptr<const Garment> coat(const cv::Scalar& color, int smaller, bool open) {
    const auto garment = tee(true);
    cv::Mat alpha;
    cv::extractChannel(garment->rgba, alpha, 3);
    cv::erode(alpha, alpha, cv::Mat::ones(2 * smaller + 1, 2 * smaller + 1, CV_8UC1));
    if (open) {
        alpha.colRange(235, 265).setTo(0);
        garment->kind = GarmentKind::kOuterwear;
        garment->open_front = true;
    }
    garment->rgba.setTo(color);
    cv::insertChannel(alpha, garment->rgba, 3);
    return garment;
}

/// The picture (R G B on black) of somebody in `worn`, and nothing added to the garments.
cv::Mat dressed(const Ensemble& worn, const Pose& pose, const std::string& how = tuck::kAuto) {
    WarpOptions options;
    options.warp = "mesh";
    options.fit_light = options.occlusion = options.protect_face = false;
    options.shadow = 0;
    options.form.tuck = how;
    Warp warp(worn, options);
    PosedFrame input;
    input.frame.image = noise_frame(AV_PIX_FMT_RGB24, kOutfitFrame, 1);
    cv::Mat(kOutfitFrame, CV_8UC3, input.frame.image->data[0],
            static_cast<std::size_t>(input.frame.image->linesize[0]))
        .setTo(0);
    input.poses = {pose};
    const Frame frame = warp.dress(std::move(input));
    return cv::Mat(kOutfitFrame, CV_8UC3, frame.image->data[0],
                   static_cast<std::size_t>(frame.image->linesize[0]))
        .clone();
}

const cv::Scalar kRed(200, 0, 0, 255), kGreen(0, 200, 0, 255);

}  // namespace

TEST_CASE("outfit: what is worn under an open jacket shows between its fronts and nowhere beside") {
    const Pose pose = wearer_of_coats();
    const auto under = coat(kGreen, 0, false);
    const auto jacket = coat(kRed, 8, true);
    std::vector<cv::Mat> planes;
    cv::split(dressed(Ensemble(std::vector{under, jacket}), pose), planes);
    const cv::Mat green = planes[1] > 100;
    const BodyFrame body = *body_frame(pose, 0.1F);
    int between = 0, beside = 0;
    for (int y = 0; y < green.rows; ++y) {
        for (int x = 0; x < green.cols; ++x) {
            const cv::Point2d p = cv::Point2d(x, y) - body.middle;
            const double aside = std::abs(p.dot(body.across)) / body.unit;
            if (green.at<uchar>(y, x) != 0 && p.dot(body.down) < 0.4 * body.torso) {
                ++(aside < 0.2 ? between : beside);
            }
        }
    }
    CHECK(between > 100);
    CHECK(beside == 0);
    // By itself it lets the picture show between its fronts.
    const cv::Mat alone = dressed(Ensemble(jacket), pose);
    const cv::Point chest(body.spine(0.7));
    CHECK(alone.at<cv::Vec3b>(chest) == cv::Vec3b(0, 0, 0));
}

TEST_CASE("outfit: two fronts hang where the closed garment does, the gap between them kept") {
    const Pose pose = wearer_of_coats();
    MeshWarp closed(coat(kRed, 0, false), {}), open(coat(kRed, 0, true), {});
    const cv::Mat a = on_frame(closed.warp(pose, kOutfitFrame), kOutfitFrame);
    const cv::Mat b = on_frame(open.warp(pose, kOutfitFrame), kOutfitFrame);
    std::vector<cv::Mat> all, fronts;
    cv::split(a, all);
    cv::split(b, fronts);
    CHECK(cv::countNonZero((fronts[3] > 127) & ~(all[3] > 127)) <
          0.002 * cv::countNonZero(all[3] > 127));
    const double share = cv::countNonZero((all[3] > 127) & ~(fronts[3] > 127)) /
                         static_cast<double>(cv::countNonZero(all[3] > 127));
    CHECK(share > 0.02);
    CHECK(share < 0.12);
}

TEST_CASE("outfit: a jacket is not tucked in") {
    Pose pose = wearer_of_coats();
    set_arms(pose, 1.4);
    const cv::Point hips(body_frame(pose, 0.1F)->spine(1.35));
    const auto top = coat(kRed, 0, false);
    const auto jacket = std::make_shared<Garment>(*top);
    jacket->kind = GarmentKind::kOuterwear;
    CHECK(dressed(Ensemble(top), pose, tuck::kNo).at<cv::Vec3b>(hips)[0] > 100);
    CHECK(dressed(Ensemble(top), pose, tuck::kYes).at<cv::Vec3b>(hips)[0] == 0);
    CHECK(dressed(Ensemble(jacket), pose, tuck::kYes).at<cv::Vec3b>(hips)[0] > 100);
}
