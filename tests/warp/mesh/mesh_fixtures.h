#pragma once

#include <memory>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "core/garment.h"
#include "core/pose.h"
#include "warp/warp_fixtures.h"

namespace closet::test {

/// A T-shirt or a long-sleeved shirt of 500 x 600 with a soft edge and a pattern, symmetric in
/// shape but not in color, laid flat with its sleeves 40 degrees off the body.
inline std::shared_ptr<Garment> tee(bool long_sleeves = false) {
    auto garment = std::make_shared<Garment>();
    garment->name = "tee";
    garment->sleeves = long_sleeves ? Sleeves::kLong : Sleeves::kShort;
    const double reach = long_sleeves ? 2.6 : 1.0;
    const cv::Point2d shoulder(150, 80), armpit(150, 190);
    const cv::Point2d outer(150 - 90 * reach * 0.55, 80 + 130 * reach * 0.75);
    const cv::Point2d inner(150 - 30 - 60 * (reach - 0.6) * 0.6,
                            200 + 130 * (reach - 1) * 0.7 + 20);
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

inline void swap_labels(Pose& pose) {
    for (std::size_t i = 1; i + 1 < pose.keypoints.size(); i += 2) {
        std::swap(pose.keypoints[i], pose.keypoints[i + 1]);
    }
}

}  // namespace closet::test
