#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <utility>

#include <opencv2/core/mat.hpp>

#include "body/measure_body.h"
#include "core/body_frame.h"
#include "core/pose.h"

/// People drawn from ellipses and thick lines, whose silhouettes are known exactly.
namespace closet::test {

inline constexpr double kUnit = 100;        ///< shoulder width of a figure as it is drawn
inline constexpr double kArmRadius = 12;    ///< half width of its arms
inline constexpr double kShoulderTop = 13;  ///< height of its shoulders over their axis

inline double to_ellipse(cv::Point2d p, cv::Point2d center, cv::Point2d axes) {
    // First order distance: exact on the outline, which is all that a silhouette shows.
    const cv::Point2d q = p - center;
    const double k = std::hypot(q.x / axes.x, q.y / axes.y);
    const double g = std::hypot(q.x / axes.x / axes.x, q.y / axes.y / axes.y);
    return g > 0 ? k * (k - 1) / g : -std::min(axes.x, axes.y);
}

inline double to_line(cv::Point2d p, cv::Point2d a, cv::Point2d b, double radius) {
    const cv::Point2d along = b - a;
    const double square = along.dot(along);
    const double t = square > 0 ? std::clamp((p - a).dot(along) / square, 0.0, 1.0) : 0.0;
    const cv::Point2d off = p - a - along * t;
    return std::hypot(off.x, off.y) - radius;
}

/// Somebody with hanging arms in a picture of 300 x 300 pixels.
inline Pose hanging_arms() {
    Pose pose;
    pose.keypoints.assign(keypoint_count(pose.skeleton), Keypoint{150, 40, 0, 0.9F});
    pose.at(Joint::kLeftShoulder) = {200, 80, 0, 0.9F};
    pose.at(Joint::kRightShoulder) = {100, 80, 0, 0.9F};
    pose.at(Joint::kLeftHip) = {175, 230, 0, 0.9F};
    pose.at(Joint::kRightHip) = {125, 230, 0, 0.9F};
    pose.at(Joint::kLeftElbow) = {220, 150, 0, 0.9F};
    pose.at(Joint::kRightElbow) = {80, 150, 0, 0.9F};
    pose.at(Joint::kLeftWrist) = {225, 220, 0, 0.9F};
    pose.at(Joint::kRightWrist) = {75, 220, 0, 0.9F};
    return pose;
}

/// Shoulders at (-50, 0) and (50, 0), hips at (-28, 150) and (28, 150); y points down. The wearer
/// looks at the viewer: the left is on the right of the picture.
struct Figure {
    cv::Point2d torso_center{0, 80};
    cv::Point2d torso_axes{44, 115};
    /// Elbow and wrist, indexed by Side.
    std::array<std::array<cv::Point2d, 2>, 2> arm{
        {{{{110, 60}, {170, 120}}}, {{{-110, 60}, {-170, 120}}}}};
    bool draws_arms = true;
    /// Whatever else belongs to the silhouette: signed distance, negative inside.
    std::function<double(cv::Point2d)> more;

    /// Half width of the torso at level v.
    double half_width(Side side, double v) const {
        const double y = (v * kUnit - torso_center.y) / torso_axes.y;
        const double shift = side == Side::kLeft ? torso_center.x : -torso_center.x;
        return (torso_axes.x * std::sqrt(std::max(0.0, 1 - y * y)) + shift) / kUnit;
    }

    double distance(cv::Point2d p) const {
        double least = std::min(to_ellipse(p, torso_center, torso_axes),
                                to_line(p, {-50, 0}, {50, 0}, kShoulderTop));
        least = std::min(least, to_line(p, {0, -70}, {0, 0}, 14));   // neck
        least = std::min(least, to_ellipse(p, {0, -75}, {30, 40}));  // head
        for (std::size_t s = 0; s < 2 && draws_arms; ++s) {
            const cv::Point2d shoulder(s == 0 ? 50 : -50, 0);
            least = std::min(least, to_line(p, shoulder, arm[s][0], kArmRadius));
            least = std::min(least, to_line(p, arm[s][0], arm[s][1], kArmRadius));
        }
        return more ? std::min(least, more(p)) : least;
    }

    Figure mirrored() const {
        Figure other = *this;
        other.torso_center.x = -torso_center.x;
        for (std::size_t s = 0; s < 2; ++s) {
            for (std::size_t j = 0; j < 2; ++j) {
                other.arm[1 - s][j] = {-arm[s][j].x, arm[s][j].y};
            }
        }
        if (more) {
            other.more = [old = more](cv::Point2d p) { return old({-p.x, p.y}); };
        }
        return other;
    }
};

/// Where a figure is in the frame: turned, scaled, then moved.
struct Place {
    double degrees = 0, scale = 1;
    cv::Point2d at{300, 250};

    cv::Point2d operator()(cv::Point2d p) const {
        const double turn = degrees * CV_PI / 180;
        return at + scale * cv::Point2d(p.x * std::cos(turn) - p.y * std::sin(turn),
                                        p.x * std::sin(turn) + p.y * std::cos(turn));
    }
    cv::Point2d back(cv::Point2d p) const {
        const double turn = degrees * CV_PI / 180;
        const cv::Point2d q = (p - at) / scale;
        return {q.x * std::cos(turn) + q.y * std::sin(turn),
                -q.x * std::sin(turn) + q.y * std::cos(turn)};
    }
};

/// The pose with its mask of 256 x 256, which shows the figure from (-300, -250) to (300, 350) in
/// its own coordinates. Edges are ramps two mask pixels wide, so that they can be found exactly.
inline Pose draw(const Figure& figure, const Place& place = {}) {
    Pose pose;
    pose.keypoints.resize(kJointCount);
    const auto set = [&](Joint joint, cv::Point2d p) {
        const cv::Point2d at = place(p);
        pose.at(joint) = {static_cast<float>(at.x), static_cast<float>(at.y), 0, 0.95F};
    };
    set(Joint::kNose, {0, -70});
    set(Joint::kLeftEye, {8, -80});
    set(Joint::kRightEye, {-8, -80});
    set(Joint::kLeftEar, {25, -78});
    set(Joint::kRightEar, {-25, -78});
    set(Joint::kLeftShoulder, {50, 0});
    set(Joint::kRightShoulder, {-50, 0});
    set(Joint::kLeftElbow, figure.arm[0][0]);
    set(Joint::kRightElbow, figure.arm[1][0]);
    set(Joint::kLeftWrist, figure.arm[0][1]);
    set(Joint::kRightWrist, figure.arm[1][1]);
    set(Joint::kLeftHip, {28, 150});
    set(Joint::kRightHip, {-28, 150});
    pose.score = 0.95F;
    pose.box = enclosing_box(pose.keypoints);

    constexpr int kSide = 256;
    constexpr double kFigureFromMask = 600.0 / kSide;
    auto mask = std::make_shared<PersonMask>();
    const cv::Point2d origin = place.back({0, 0});
    const cv::Point2d dx = (place.back({1, 0}) - origin) / kFigureFromMask;
    const cv::Point2d dy = (place.back({0, 1}) - origin) / kFigureFromMask;
    const cv::Point2d shift = (origin - cv::Point2d(-300, -250)) / kFigureFromMask;
    mask->mask_from_shown = {dx.x, dy.x, shift.x, dx.y, dy.y, shift.y};
    mask->probability.create(kSide, kSide, CV_8UC1);
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
            const cv::Point2d p(x * kFigureFromMask - 300, y * kFigureFromMask - 250);
            const double inside = 0.5 - figure.distance(p) / kFigureFromMask / 2;
            mask->probability.at<unsigned char>(y, x) =
                cv::saturate_cast<unsigned char>(255 * inside);
        }
    }
    pose.mask = mask;
    return pose;
}

/// The measured shape; an empty one, with certainties 0, where there is none.
inline BodyShape shape_of(const Pose& pose, const MeasureOptions& options = {}) {
    return measure_body(pose, options).value_or(BodyShape{});
}

/// Index of the row nearest to level v, of the top at x and of arm parameter t.
inline std::size_t row_at(double v) {
    return static_cast<std::size_t>(
        std::lround((v - BodyShape::kFirstRow) / (BodyShape::row_level(1) - BodyShape::kFirstRow)));
}
inline std::size_t top_at(double x) {
    return static_cast<std::size_t>(std::lround((x - BodyShape::kFirstTop) * 10));
}
inline std::size_t arm_at(double t) {
    return static_cast<std::size_t>(std::lround(t * 8));
}

}  // namespace closet::test
