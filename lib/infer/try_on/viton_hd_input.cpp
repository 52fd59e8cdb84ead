#include "infer/try_on/viton_hd_input.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

/// Indices of Body25.
enum Point : std::size_t {
    kNeck = 1,
    kRightShoulder = 2,
    kRightElbow = 3,
    kRightWrist = 4,
    kLeftShoulder = 5,
    kLeftElbow = 6,
    kLeftWrist = 7,
    kRightHip = 9,
    kLeftHip = 12
};

/// Beyond, a coordinate is a blunder; nothing is drawn there.
constexpr double kFarthest = 1 << 14;

cv::Point2d flat(const cv::Point3d& point) {
    return {point.x, point.y};
}

/// Points are drawn at whole pixels, cut off.
cv::Point2d whole(cv::Point2d point) {
    return {std::trunc(point.x), std::trunc(point.y)};
}

bool can_be_drawn(cv::Point2d point) {
    return std::abs(point.x) < kFarthest && std::abs(point.y) < kFarthest;
}

/// Draws shapes without smoothing; marked pixels are 255. Shapes with a point that is too far away
/// or not a number are left out.
class Brush {
  public:
    explicit Brush(cv::Size size) : area_(size, CV_8UC1, cv::Scalar(0)) {}

    cv::Mat& area() { return area_; }

    /// An ellipse by its half axes.
    void disc(cv::Point2d middle, double across, double down) {
        const cv::Point2d low = whole(middle - cv::Point2d(across, down));
        const cv::Point2d high = whole(middle + cv::Point2d(across, down));
        const cv::Point2d center = (low + high) / 2;
        const double a = (high.x - low.x + 1) / 2, b = (high.y - low.y + 1) / 2;
        fill({low, high}, [&](double x, double y) {
            const double u = (x - center.x) / a, v = (y - center.y) / b;
            return u * u + v * v <= 1;
        });
    }

    /// A line with butt ends.
    void bar(cv::Point2d from, cv::Point2d to, double width) {
        from = whole(from);
        to = whole(to);
        const cv::Point2d d = to - from;
        const double length = cv::norm(d);
        if (!(length > 0)) {
            return;
        }
        const cv::Point2d reach(width, width);
        const cv::Point2d low(std::min(from.x, to.x), std::min(from.y, to.y));
        const cv::Point2d high(std::max(from.x, to.x), std::max(from.y, to.y));
        fill({low - reach, high + reach}, [&](double x, double y) {
            const cv::Point2d p = cv::Point2d(x, y) - from;
            const double along = p.dot(d) / length, across = p.cross(d) / length;
            return along >= -0.5 && along <= length + 0.5 && std::abs(across) <= width / 2;
        });
    }

    void polygon(std::span<const cv::Point2d> points) {
        std::vector<cv::Point2d> corners;
        cv::Point2d low(kFarthest, kFarthest), high(-kFarthest, -kFarthest);
        for (const cv::Point2d& point : points) {
            corners.push_back(whole(point));
            const cv::Point2d& p = corners.back();
            low = {std::min(low.x, p.x), std::min(low.y, p.y)};
            high = {std::max(high.x, p.x), std::max(high.y, p.y)};
            if (!can_be_drawn(p)) {
                return;
            }
        }
        fill({low, high}, [&](double x, double y) {
            bool inside = false;
            for (std::size_t i = 0; i < corners.size(); ++i) {
                const cv::Point2d& a = corners[i];
                const cv::Point2d& b = corners[(i + 1) % corners.size()];
                const bool crosses = y >= std::min(a.y, b.y) && y < std::max(a.y, b.y) &&
                                     x < a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y);
                inside = inside != crosses;
            }
            return inside;
        });
    }

    void square(cv::Point2d middle, double half) {
        const cv::Point2d reach(half, half);
        fill({whole(middle - reach), whole(middle + reach)}, [](double, double) { return true; });
    }

  private:
    struct Bounds {
        cv::Point2d low, high;  ///< both included
    };

    template <class Inside>
    void fill(const Bounds& bounds, const Inside& inside) {
        if (!can_be_drawn(bounds.low) || !can_be_drawn(bounds.high)) {
            return;
        }
        const cv::Rect part =
            cv::Rect(cv::Point(bounds.low), cv::Point(bounds.high) + cv::Point(1, 1)) &
            cv::Rect({0, 0}, area_.size());
        for (int y = part.y; y < part.br().y; ++y) {
            for (int x = part.x; x < part.br().x; ++x) {
                if (inside(x, y)) {
                    area_.at<std::uint8_t>(y, x) = 255;
                }
            }
        }
    }

    cv::Mat area_;
};

/// The points, those that are missing told.
struct Points {
    const Body25& all;

    bool has(std::size_t i) const { return all.at(i).x != 0 || all.at(i).y != 0; }
    cv::Point2d operator[](std::size_t i) const { return flat(all.at(i)); }
};

void clear_labels(cv::Mat& map, const cv::Mat& where) {
    map.setTo(0, where);
}

}  // namespace

cv::Mat agnostic_labels(const cv::Mat& labels, const Body25& all) {
    const Points points{all};
    cv::Mat result = labels.clone();
    struct Arm {
        std::uint8_t label;
        std::array<std::size_t, 4> chain;  ///< begins at the other shoulder
    };
    for (const Arm& arm :
         {Arm{parse_label::kLeftArm, {kRightShoulder, kLeftShoulder, kLeftElbow, kLeftWrist}},
          Arm{parse_label::kRightArm, {kLeftShoulder, kRightShoulder, kRightElbow, kRightWrist}}}) {
        constexpr double kWidthPx = 100, kJointPx = 150, kWristPx = 40;
        Brush brush(labels.size());
        std::size_t before = arm.chain.front();
        for (const std::size_t i : std::span(arm.chain).subspan(1)) {
            if (!points.has(before) || !points.has(i)) {
                continue;
            }
            brush.bar(points[before], points[i], kWidthPx);
            const double radius = i == arm.chain.back() ? kWristPx : kJointPx;
            brush.disc(points[i], radius, radius);
            before = i;
        }
        clear_labels(result, brush.area() & (labels == arm.label));
    }
    using namespace parse_label;
    for (const std::uint8_t label : {kUpper, kDress, kCoat, kTorsoSkin}) {
        clear_labels(result, labels == label);
    }
    return result;
}

cv::Mat agnostic_area(const cv::Mat& labels, const Body25& all) {
    constexpr double kArmPx = 200, kJointPx = 100, kHipAcrossPx = 60, kHipDownPx = 120,
                     kSidePx = 120, kHipsPx = 240, kNeckPx = 140;
    const Points points{all};
    // Hips become as wide as the shoulders.
    const double shoulders = cv::norm(points[kLeftShoulder] - points[kRightShoulder]);
    const double hips = cv::norm(points[kLeftHip] - points[kRightHip]);
    const cv::Point2d middle = (points[kRightHip] + points[kLeftHip]) / 2;
    const double wider = hips > 0 ? shoulders / hips : 1;
    const cv::Point2d right_hip = middle + (points[kRightHip] - middle) * wider;
    const cv::Point2d left_hip = middle + (points[kLeftHip] - middle) * wider;

    Brush brush(labels.size());
    brush.bar(points[kRightShoulder], points[kLeftShoulder], kArmPx);
    brush.disc(points[kRightShoulder], kJointPx, kJointPx);
    brush.disc(points[kLeftShoulder], kJointPx, kJointPx);
    for (const std::size_t i : {kRightElbow, kRightWrist, kLeftElbow, kLeftWrist}) {
        if (points.has(i - 1) && points.has(i)) {
            brush.bar(points[i - 1], points[i], kArmPx);
            brush.disc(points[i], kJointPx, kJointPx);
        }
    }
    brush.disc(right_hip, kHipAcrossPx, kHipDownPx);
    brush.disc(left_hip, kHipAcrossPx, kHipDownPx);
    brush.bar(points[kRightShoulder], right_hip, kSidePx);
    brush.bar(points[kLeftShoulder], left_hip, kSidePx);
    brush.bar(right_hip, left_hip, kHipsPx);
    brush.polygon(std::array{points[kRightShoulder], points[kLeftShoulder], left_hip, right_hip});
    brush.square(points[kNeck], kNeckPx);
    using namespace parse_label;
    for (const std::uint8_t label :
         {kGlasses, kFace, kTrousers, kSkirt, kLeftLeg, kRightLeg, kLeftShoe, kRightShoe}) {
        clear_labels(brush.area(), labels == label);
    }
    return brush.area();
}

cv::Mat skeleton_picture(const Body25& all) {
    constexpr std::array<std::array<std::size_t, 2>, 24> kSticks{
        {{1, 8},  {1, 2},   {1, 5},   {2, 3},   {3, 4},   {5, 6},   {6, 7},   {8, 9},
         {9, 10}, {10, 11}, {8, 12},  {12, 13}, {13, 14}, {1, 0},   {0, 15},  {15, 17},
         {0, 16}, {16, 18}, {14, 19}, {19, 20}, {14, 21}, {11, 22}, {22, 23}, {11, 24}}};
    constexpr std::array<std::array<int, 3>, kBody25Points> kColors{
        {{255, 0, 85},  {255, 0, 0},   {255, 85, 0},  {255, 170, 0}, {255, 255, 0},
         {170, 255, 0}, {85, 255, 0},  {0, 255, 0},   {255, 0, 0},   {0, 255, 85},
         {0, 255, 170}, {0, 255, 255}, {0, 170, 255}, {0, 85, 255},  {0, 0, 255},
         {255, 0, 170}, {170, 0, 255}, {255, 0, 255}, {85, 0, 255},  {0, 0, 255},
         {0, 0, 255},   {0, 0, 255},   {0, 255, 255}, {0, 255, 255}, {0, 255, 255}}};
    // renderKeypoints.cpp: the picture's mean side / 75, 3/4 of it for sticks.
    constexpr int kStickPx = 9, kDiscPx = 12;
    const Points points{all};
    cv::Mat picture(kTryOnHeight, kTryOnWidth, CV_8UC3, cv::Scalar::all(0));
    const auto at = [&](std::size_t i) {
        return cv::Point(cvRound(points[i].x), cvRound(points[i].y));
    };
    const auto color = [&](std::size_t i) {
        const auto& [r, g, b] = kColors.at(i);
        return cv::Scalar(r, g, b);
    };
    const auto is_drawn = [&](std::size_t i) { return points.has(i) && can_be_drawn(points[i]); };
    for (const auto& [from, to] : kSticks) {
        if (is_drawn(from) && is_drawn(to)) {
            cv::line(picture, at(from), at(to), color(to), kStickPx, cv::LINE_8);
        }
    }
    for (std::size_t i = 0; i < kBody25Points; ++i) {
        if (is_drawn(i)) {
            cv::circle(picture, at(i), kDiscPx, color(i), cv::FILLED, cv::LINE_8);
        }
    }
    return picture;
}

}  // namespace closet
