#pragma once

#include <memory>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/garment.h"
#include "core/pose.h"
#include "warp/mesh/mesh_warp.h"
#include "warp/warp_fixtures.h"

namespace closet::test {

/// A T-shirt or a long-sleeved shirt of 500 x 600 with a soft edge and a pattern, symmetric in
/// shape but not in color, laid flat with its sleeves 40 degrees off the body. A wide T-shirt's
/// hang beside it and end a little below its low armpits.
inline std::shared_ptr<Garment> tee(bool long_sleeves = false, bool wide = false) {
    auto garment = std::make_shared<Garment>();
    garment->name = "tee";
    garment->sleeves = long_sleeves ? Sleeves::kLong : Sleeves::kShort;
    const double reach = long_sleeves ? 2.6 : 1.0;
    const cv::Point2d shoulder(150, 80), armpit(150, wide ? 250 : 190);
    const cv::Point2d outer =
        wide ? cv::Point2d(95, 265) : cv::Point2d(150 - 90 * reach * 0.55, 80 + 130 * reach * 0.75);
    const cv::Point2d inner =
        wide ? cv::Point2d(145, 280)
             : cv::Point2d(150 - 30 - 60 * (reach - 0.6) * 0.6, 200 + 130 * (reach - 1) * 0.7 + 20);
    const std::vector<cv::Point2d> half{{210, 50}, shoulder, outer, inner, armpit, {155, 540}};
    std::vector<cv::Point> outline;
    for (const auto& p : half) {
        outline.emplace_back(cvRound(p.x), cvRound(p.y));
    }
    for (auto p = half.rbegin(); p != half.rend(); ++p) {
        outline.emplace_back(cvRound(499 - p->x), cvRound(p->y));
    }
    outline.emplace_back(250, 75);
    cv::Mat alpha(600, 500, CV_8UC1, cv::Scalar(0));
    cv::fillPoly(alpha, std::vector{outline}, 255);
    cv::GaussianBlur(alpha, alpha, {3, 3}, 0);
    garment->rgba = cv::Mat(alpha.size(), CV_8UC4);
    for (int y = 0; y < alpha.rows; ++y) {
        for (int x = 0; x < alpha.cols; ++x) {
            const bool dark = (x / 25 + y / 25) % 2 == 0;
            garment->rgba.at<cv::Vec4b>(y, x) = {
                static_cast<std::uint8_t>(dark ? 60 : 200), static_cast<std::uint8_t>(x / 2),
                static_cast<std::uint8_t>(y / 3), alpha.at<std::uint8_t>(y, x)};
        }
    }
    const auto both = [&](const std::string& what, cv::Point2d p) {
        garment->anchors["right_" + what] = cv::Point2f(p);
        garment->anchors["left_" + what] = cv::Point2f(cv::Point2d(499 - p.x, p.y));
    };
    both("shoulder", shoulder);
    both("neck", half[0]);
    both("armpit", armpit);
    both("hem", half[5]);
    both("cuff_outer", outer);
    both("cuff_inner", inner);
    return garment;
}

/// Moves both arms: the upper arm `raise` radians up from hanging down, outwards, and the forearm
/// `bend` further.
inline void set_arms(Pose& pose, double raise, double bend = 0.0) {
    const auto set = [&](Joint shoulder, Joint elbow, Joint wrist, double sign) {
        const auto& at = pose.at(shoulder);
        const double width =
            std::abs(pose.at(Joint::kLeftShoulder).x - pose.at(Joint::kRightShoulder).x);
        const auto along = [&](double angle, double length) {
            return cv::Point2d(sign * std::sin(angle), std::cos(angle)) * (length * width);
        };
        const cv::Point2d e = cv::Point2d(at.x, at.y) + along(raise, 0.9);
        const cv::Point2d w = e + along(raise + bend, 0.85);
        pose.at(elbow).x = static_cast<float>(e.x);
        pose.at(elbow).y = static_cast<float>(e.y);
        pose.at(wrist).x = static_cast<float>(w.x);
        pose.at(wrist).y = static_cast<float>(w.y);
    };
    set(Joint::kLeftShoulder, Joint::kLeftElbow, Joint::kLeftWrist, 1.0);
    set(Joint::kRightShoulder, Joint::kRightElbow, Joint::kRightWrist, -1.0);
}

/// Fills an outline (both halves of a symmetric one, the left half from top to bottom) of a picture
/// 500 pixels wide with a pattern and a soft edge.
inline cv::Mat patterned(const std::vector<std::vector<cv::Point>>& outlines, int height) {
    cv::Mat alpha(height, 500, CV_8UC1, cv::Scalar(0));
    cv::fillPoly(alpha, outlines, 255);
    cv::GaussianBlur(alpha, alpha, {3, 3}, 0);
    cv::Mat rgba(alpha.size(), CV_8UC4);
    for (int y = 0; y < alpha.rows; ++y) {
        for (int x = 0; x < alpha.cols; ++x) {
            const bool dark = (x / 25 + y / 25) % 2 == 0;
            rgba.at<cv::Vec4b>(y, x) = {
                static_cast<std::uint8_t>(dark ? 60 : 200), static_cast<std::uint8_t>(x / 2),
                static_cast<std::uint8_t>(y / 4), alpha.at<std::uint8_t>(y, x)};
        }
    }
    return rgba;
}

/// Trousers of 500 x 700, laid flat with their legs a little apart.
inline std::shared_ptr<Garment> trousers() {
    auto garment = std::make_shared<Garment>();
    garment->name = "trousers";
    garment->kind = GarmentKind::kTrousers;
    garment->sleeves = Sleeves::kNone;
    garment->rgba = patterned({{{165, 40},
                                {334, 40},
                                {359, 150},
                                {380, 660},
                                {285, 660},
                                {250, 220},
                                {249, 220},
                                {214, 660},
                                {119, 660},
                                {140, 150}}},
                              700);
    garment->anchors = {{"right_waist", {165, 41}},
                        {"left_waist", {334, 41}},
                        {"right_hip", {140, 150}},
                        {"left_hip", {359, 150}},
                        {"crotch", {249.5F, 220}}};
    return garment;
}

/// A skirt of 500 x 500 that widens from waist to hem.
inline std::shared_ptr<Garment> skirt() {
    auto garment = std::make_shared<Garment>();
    garment->name = "skirt";
    garment->kind = GarmentKind::kSkirt;
    garment->sleeves = Sleeves::kNone;
    garment->rgba =
        patterned({{{165, 40}, {334, 40}, {380, 160}, {430, 460}, {69, 460}, {119, 160}}}, 500);
    garment->anchors = {{"right_waist", {165, 41}}, {"left_waist", {334, 41}}};
    return garment;
}

/// A dress of 500 x 900: the tee, and a skirt below it.
inline std::shared_ptr<Garment> dress() {
    auto garment = tee();
    garment->name = "dress";
    garment->kind = GarmentKind::kDress;
    cv::Mat rgba(900, 500, CV_8UC4, cv::Scalar::all(0));
    const cv::Mat below = patterned({{{160, 330}, {339, 330}, {430, 860}, {69, 860}}}, 900);
    below.copyTo(rgba);
    cv::Mat top = garment->rgba({0, 0, 500, 340});
    top.copyTo(rgba({0, 0, 500, 340}));
    garment->rgba = rgba;
    garment->anchors["right_waist"] = {154, 330};
    garment->anchors["left_waist"] = {345, 330};
    garment->anchors["right_hem"] = {72, 858};
    garment->anchors["left_hem"] = {427, 858};
    return garment;
}

/// A jumpsuit of 500 x 1000: the tee, and legs below it.
inline std::shared_ptr<Garment> jumpsuit() {
    auto garment = tee();
    garment->name = "jumpsuit";
    garment->kind = GarmentKind::kJumpsuit;
    cv::Mat rgba = patterned({{{153, 330},
                               {346, 330},
                               {359, 440},
                               {370, 950},
                               {285, 950},
                               {250, 510},
                               {249, 510},
                               {214, 950},
                               {129, 950},
                               {140, 440}}},
                             1000);
    garment->rgba({0, 0, 500, 335}).copyTo(rgba({0, 0, 500, 335}));
    garment->rgba = rgba;
    garment->anchors.erase("left_hem");
    garment->anchors.erase("right_hem");
    garment->anchors["right_waist"] = {154, 330};
    garment->anchors["left_waist"] = {345, 330};
    garment->anchors["right_hip"] = {140, 440};
    garment->anchors["left_hip"] = {359, 440};
    garment->anchors["crotch"] = {249.5F, 510};
    return garment;
}

/// Moves both legs: thighs `spread` radians outwards from hanging down, shins `bend` further.
inline void set_legs(Pose& pose, double spread, double bend = 0.0) {
    const double width =
        std::abs(pose.at(Joint::kLeftShoulder).x - pose.at(Joint::kRightShoulder).x);
    const auto set = [&](Joint hip, Joint knee, Joint ankle, double sign) {
        const auto along = [&](double angle, double length) {
            return cv::Point2d(sign * std::sin(angle), std::cos(angle)) * (length * width);
        };
        const cv::Point2d k = cv::Point2d(pose.at(hip).x, pose.at(hip).y) + along(spread, 1.3);
        const cv::Point2d a = k + along(spread + bend, 1.2);
        pose.at(knee) = {static_cast<float>(k.x), static_cast<float>(k.y), 0, 0.95F};
        pose.at(ankle) = {static_cast<float>(a.x), static_cast<float>(a.y), 0, 0.95F};
    };
    set(Joint::kLeftHip, Joint::kLeftKnee, Joint::kLeftAnkle, 1.0);
    set(Joint::kRightHip, Joint::kRightKnee, Joint::kRightAnkle, -1.0);
}

inline void swap_labels(Pose& pose) {
    for (std::size_t i = 1; i + 1 < pose.keypoints.size(); i += 2) {
        std::swap(pose.keypoints[i], pose.keypoints[i + 1]);
    }
}

inline double cross(cv::Point2d a, cv::Point2d b) {
    return a.x * b.y - a.y * b.x;
}

/// The share of the visible triangles that are turned over: folds.
inline double folded(const MeshWarp& warp, const LaidMesh& laid, const Garment& garment) {
    int count = 0;
    int all = 0;
    for (std::size_t i = 0; i < mesh::kLayers; ++i) {
        const mesh::Layer& layer = warp.chart().layer[i];
        const auto& points = laid.points[i];
        for (const auto& [a, b, c] : layer.triangles) {
            const cv::Point2d center = (layer.vertices[a].garment + layer.vertices[b].garment +
                                        layer.vertices[c].garment) /
                                       3.0;
            const cv::Point pixel(cvRound(center.x), cvRound(center.y));
            if (!pixel.inside({{0, 0}, garment.rgba.size()}) ||
                garment.rgba.at<cv::Vec4b>(pixel)[3] == 0) {
                continue;
            }
            const double before = cross(layer.vertices[b].garment - layer.vertices[a].garment,
                                        layer.vertices[c].garment - layer.vertices[a].garment);
            const double after = cross(points[b] - points[a], points[c] - points[a]);
            count += before * after < 0 ? 1 : 0;
            ++all;
        }
    }
    return static_cast<double>(count) / all;
}

inline cv::Mat on_frame(const std::optional<Patch>& patch, cv::Size size) {
    cv::Mat frame(size.height + 2, size.width + 2, CV_8UC4, cv::Scalar::all(0));
    if (patch) {
        patch->rgba.copyTo(frame(patch->where));
    }
    return frame(cv::Rect({0, 0}, size)).clone();
}

/// Share of pixels whose alpha differs by more than a quarter.
inline double difference(const cv::Mat& a, const cv::Mat& b) {
    cv::Mat alpha_a, alpha_b, off;
    cv::extractChannel(a, alpha_a, 3);
    cv::extractChannel(b, alpha_b, 3);
    cv::absdiff(alpha_a, alpha_b, off);
    return static_cast<double>(cv::countNonZero(off > 64)) / cv::countNonZero(alpha_a > 127);
}

}  // namespace closet::test
