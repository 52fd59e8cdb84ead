#include "warp/garment/photo/find_anchors.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "warp/garment/garment_file.h"
#include "warp/garment/photo/made_photos.h"
#include "warp/garment/write_garment.h"

namespace {

using namespace closet;

/// Anchors in shares of the picture's size.
using Shares = std::map<std::string, cv::Point2d>;

cv::Mat filled(cv::Size size, const std::vector<cv::Point2d>& outline) {
    constexpr int kBits = 4;
    std::vector<cv::Point> points;
    for (const auto& p : outline) {
        points.emplace_back(cvRound(p.x * size.width * (1 << kBits)),
                            cvRound(p.y * size.height * (1 << kBits)));
    }
    cv::Mat mask(size, CV_8U, cv::Scalar(0));
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{points}, 255, cv::LINE_AA, kBits);
    return mask;
}

/// Half an outline from the neck's middle to the hem's, on the right of the axis (x = 0), mirrored.
cv::Mat symmetric(cv::Size size, const std::vector<cv::Point2d>& half) {
    std::vector<cv::Point2d> outline;
    for (const auto& p : half) {
        outline.emplace_back(0.5 + p.x, p.y);
    }
    for (auto p = half.rbegin(); p != half.rend(); ++p) {
        outline.emplace_back(0.5 - p->x, p->y);
    }
    return filled(size, outline);
}

const std::vector<cv::Point2d> kLongHalf{{0.04, 0.16}, {0.09, 0.12}, {0.22, 0.17},
                                         {0.33, 0.55}, {0.38, 0.92}, {0.29, 0.93},
                                         {0.24, 0.60}, {0.19, 0.38}, {0.18, 0.80}};
const std::vector<cv::Point2d> kVestHalf{{0.06, 0.22}, {0.10, 0.12}, {0.17, 0.12}, {0.17, 0.22},
                                         {0.20, 0.32}, {0.25, 0.38}, {0.24, 0.60}, {0.26, 0.85}};

void check_near(const FoundAnchors& found, cv::Size size, const Shares& expected,
                double tolerance) {
    for (const auto& [name, share] : expected) {
        CAPTURE(name);
        REQUIRE(found.anchors.contains(name));
        const cv::Point2d at = found.anchors.at(name);
        const cv::Point2d seen(at.x / size.width, at.y / size.height);
        CAPTURE(seen);
        CHECK(cv::norm(seen - share) < tolerance);
    }
}

std::string mirrored_name(const std::string& name) {
    if (name.starts_with("left_")) {
        return "right_" + name.substr(5);
    }
    return name.starts_with("right_") ? "left_" + name.substr(6) : name;
}

TEST_CASE("a shirt with short sleeves has its anchors at its corners") {
    const cv::Size size(768, 1024);
    const FoundAnchors found = find_anchors(test::shirt_mask(size));
    CHECK(found.sleeves == Sleeves::kShort);
    CHECK(found.confidence > 0.9F);
    CHECK(found.kind == GarmentKind::kTop);
    CHECK(found.anchors.size() == 15);  // no elbows
    check_near(found, size,
               {{"left_neck", {0.60, 0.15}},
                {"right_neck", {0.40, 0.15}},
                {"collar", {0.50, 0.19}},
                {"left_armpit", {0.70, 0.38}},
                {"right_armpit", {0.30, 0.38}},
                {"left_hem", {0.70, 0.85}},
                {"right_hem", {0.30, 0.85}},
                {"left_cuff_outer", {0.90, 0.38}},
                {"left_cuff_inner", {0.80, 0.46}},
                {"right_cuff_outer", {0.10, 0.38}},
                {"right_cuff_inner", {0.20, 0.46}},
                {"left_shoulder", {0.69, 0.19}}},
               0.02);
}

TEST_CASE("long sleeves have elbows between shoulder and cuff") {
    const cv::Size size(900, 900);
    const FoundAnchors found = find_anchors(symmetric(size, kLongHalf));
    CHECK(found.sleeves == Sleeves::kLong);
    CHECK(found.warnings.empty());
    CHECK(found.anchors.size() == 17);
    check_near(found, size,
               {{"left_armpit", {0.69, 0.38}},
                {"left_cuff_outer", {0.88, 0.92}},
                {"left_cuff_inner", {0.79, 0.93}},
                {"right_hem", {0.32, 0.80}}},
               0.02);
    // The sleeve bends at y = 0.55 outside and 0.60 inside, between x = 0.24 and 0.33.
    check_near(found, size, {{"left_elbow", {0.785, 0.57}}}, 0.06);
}

TEST_CASE("a vest has no cuffs and its armpits are well below its shoulders") {
    const cv::Size size(800, 1000);
    const FoundAnchors found = find_anchors(symmetric(size, kVestHalf));
    CHECK(found.sleeves == Sleeves::kNone);
    CHECK_FALSE(found.anchors.contains("left_cuff_outer"));
    check_near(found, size,
               {{"left_shoulder", {0.67, 0.12}},
                {"left_armpit", {0.75, 0.38}},
                {"right_armpit", {0.25, 0.38}},
                {"left_hem", {0.76, 0.85}}},
               0.02);
}

TEST_CASE("the mirrored picture has the mirrored anchors") {
    for (const cv::Mat& mask : {test::shirt_mask({768, 1024}), symmetric({801, 900}, kLongHalf),
                                filled({700, 900}, {{0.40, 0.10},
                                                    {0.58, 0.12},
                                                    {0.74, 0.16},
                                                    {0.93, 0.40},
                                                    {0.82, 0.47},
                                                    {0.70, 0.36},
                                                    {0.72, 0.90},
                                                    {0.28, 0.88},
                                                    {0.31, 0.37},
                                                    {0.17, 0.45},
                                                    {0.08, 0.37},
                                                    {0.27, 0.15}})}) {
        cv::Mat other;
        cv::flip(mask, other, 1);
        const FoundAnchors found = find_anchors(mask);
        const FoundAnchors again = find_anchors(other);
        CHECK(found.sleeves == again.sleeves);
        CHECK(found.confidence == doctest::Approx(again.confidence).epsilon(0.05));
        REQUIRE(found.anchors.size() == again.anchors.size());
        for (const auto& [name, point] : found.anchors) {
            CAPTURE(name);
            const cv::Point2f there = again.anchors.at(mirrored_name(name));
            CHECK(std::abs(static_cast<float>(mask.cols - 1) - there.x - point.x) < 6.0F);
            CHECK(std::abs(there.y - point.y) < 6.0F);
        }
    }
}

TEST_CASE("anchors do not depend on the picture's size") {
    const cv::Size size(1000, 1200);
    const cv::Mat mask = symmetric(size, kLongHalf);
    const FoundAnchors found = find_anchors(mask);
    for (const double scale : {0.3, 0.7, 1.9}) {
        CAPTURE(scale);
        cv::Mat sized;
        cv::resize(mask, sized, {}, scale, scale, cv::INTER_AREA);
        const FoundAnchors again = find_anchors(sized);
        CHECK(again.sleeves == found.sleeves);
        for (const auto& [name, point] : found.anchors) {
            CAPTURE(name);
            const cv::Point2d there = cv::Point2d(again.anchors.at(name)) / scale;
            CHECK(cv::norm(there - cv::Point2d(point)) < 0.02 * size.height);
        }
    }
}

TEST_CASE("a side whose armpit is hidden follows the other one") {
    const cv::Size size(900, 900);
    cv::Mat mask = test::shirt_mask(size);
    // Something lies in the right one's fold, so that its outline turns down above it.
    const std::vector<cv::Point> filler{{270, 342}, {100, 342}, {170, 240}, {270, 240}};
    cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{filler}, 255);
    const FoundAnchors found = find_anchors(mask);
    check_near(found, size, {{"left_armpit", {0.70, 0.38}}, {"right_armpit", {0.30, 0.38}}}, 0.03);
    CHECK(found.sleeves == Sleeves::kShort);
}

TEST_CASE("what is no garment has no anchors or a low confidence") {
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(40, 12), cv::Size(300, 300)}) {
        const FoundAnchors found = find_anchors(cv::Mat(size, CV_8U, cv::Scalar(0)));
        CHECK(found.anchors.empty());
        CHECK(found.confidence == 0.0F);
        CHECK(found.warnings.size() == 1);
    }
    const cv::Size size(600, 600);
    const FoundAnchors found =
        find_anchors(filled(size, {{0.1, 0.1}, {0.9, 0.5}, {0.6, 0.9}, {0.4, 0.6}}));
    CHECK(found.confidence < 0.5F);
    CHECK_FALSE(found.warnings.empty());
}

TEST_CASE("any silhouette is answered with anchors inside of the picture") {
    cv::RNG random(7);
    for (int i = 0; i < 160; ++i) {
        const cv::Size size(random.uniform(33, 500), random.uniform(33, 500));
        cv::Mat mask(size, CV_8U, cv::Scalar(0));
        std::vector<cv::Point> points;
        for (int k = 0; k < random.uniform(3, 12); ++k) {
            points.emplace_back(random.uniform(0, size.width), random.uniform(0, size.height));
        }
        cv::fillPoly(mask, std::vector<std::vector<cv::Point>>{points}, 255);
        // Whatever it is said to be.
        const auto kind = i % 8 < 7 ? std::optional(static_cast<GarmentKind>(i % 8)) : std::nullopt;
        const FoundAnchors found = find_anchors(mask, kind);
        for (const auto& [name, p] : found.anchors) {
            CHECK((p.x >= 0 && p.y >= 0 && p.x <= static_cast<float>(size.width - 1) &&
                   p.y <= static_cast<float>(size.height - 1)));
        }
    }
}

TEST_CASE("a preview shows garment and anchors and is large enough to read") {
    cv::Mat rgba(128, 96, CV_8UC4, cv::Scalar::all(0));
    rgba(cv::Rect(20, 20, 50, 90)).setTo(cv::Scalar(10, 200, 30, 255));
    const cv::Mat plain = draw_anchors(rgba, {});
    CHECK(plain.type() == CV_8UC3);
    CHECK(plain.rows >= 900);
    CHECK(plain.at<cv::Vec3b>(450, 300) == cv::Vec3b(10, 200, 30));
    CHECK(plain.at<cv::Vec3b>(2, 2) == cv::Vec3b(255, 0, 255));
    const cv::Mat drawn = draw_anchors(rgba, {{"collar", {45, 30}}});
    CHECK(cv::norm(plain, drawn, cv::NORM_L1) > 1000);
    // 8 pixels and more of the preview for each of the garment's.
    Pointing pointing;
    pointing.inside = {{45, 30}};
    pointing.outside = {{85, 100}};
    pointing.box = cv::Rect2d(20, 20, 50, 90);
    const cv::Mat pointed = draw_anchors(rgba, {}, pointing);
    const auto differs = [&](int x, int y) {
        const cv::Rect around(
            cv::Point(x * plain.cols / rgba.cols, y * plain.rows / rgba.rows) - cv::Point(12, 12),
            cv::Size(24, 24));
        return cv::norm(plain(around), pointed(around), cv::NORM_L1) > 1000;
    };
    CHECK(differs(45, 30));
    CHECK(differs(85, 100));
    CHECK(differs(45, 20));  // the box's upper edge
    CHECK_FALSE(differs(45, 70));
}

}  // namespace
