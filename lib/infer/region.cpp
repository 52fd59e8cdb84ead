#include "infer/region.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace closet {
namespace {

constexpr double kCircleToSide = 1.25;  // RectTransformationCalculator of MediaPipe's pose graphs

// Nobody can be read from fewer pixels; and no person is ten times as large as the picture.
constexpr double kLeastSide = 8.0;
constexpr double kMostPictures = 10.0;

// A region is off, and the view is read again, when the keypoints disagree with it by more than
// this. Measured on a clip of a balancing man, every frame at 60 a second, keypoint error of batch
// 8 against batch 1: 2.1 % of the trunk with bounds half as large again, 1.7 % with these (and a
// third of the views read twice), 1.3 % when all are read three times, which is the network's own
// noise.
constexpr double kSteadyShift = 0.025;  ///< share of the side
constexpr double kSteadyZoom = 0.05;    ///< |ln| of the sides' ratio
constexpr double kMostTurn = 0.06;      ///< radians

}  // namespace

double normalized_angle(double radians) {
    constexpr double kTurn = 2.0 * std::numbers::pi;
    return radians - kTurn * std::floor((radians + std::numbers::pi) / kTurn);
}

Region region_of_circle(cv::Point2d center, cv::Point2d on_circle) {
    const cv::Point2d up = on_circle - center;
    return {.center = center,
            .side = 2.0 * std::hypot(up.x, up.y) * kCircleToSide,
            .rotation = normalized_angle(std::numbers::pi / 2.0 - std::atan2(-up.y, up.x))};
}

RegionDifference difference(const Region& a, const Region& b) {
    const cv::Point2d shift = a.center - b.center;
    return {.shift = std::hypot(shift.x, shift.y) / std::max(a.side, b.side),
            .zoom = std::abs(std::log(a.side / b.side)),
            .turn = std::abs(normalized_angle(a.rotation - b.rotation))};
}

bool is_off(const Region& used, const Region& own) {
    const RegionDifference off = difference(used, own);
    return off.shift > kSteadyShift || off.zoom > kSteadyZoom || off.turn > kMostTurn;
}

bool is_usable(const Region& region, cv::Size picture) {
    const double reach = region.side / 2.0;
    return std::isfinite(region.center.x) && std::isfinite(region.center.y) &&
           std::isfinite(region.rotation) && region.side >= kLeastSide &&
           region.side <= kMostPictures * std::max(picture.width, picture.height) &&
           region.center.x > -reach && region.center.x < picture.width + reach &&
           region.center.y > -reach && region.center.y < picture.height + reach;
}

cv::Point2d view_from_region(const Region& region, cv::Point2d share) {
    const double c = std::cos(region.rotation) * region.side;
    const double s = std::sin(region.rotation) * region.side;
    const cv::Point2d offset = share - cv::Point2d(0.5, 0.5);
    return region.center + cv::Point2d(c * offset.x - s * offset.y, s * offset.x + c * offset.y);
}

cv::Matx23d crop_from_view(const Region& region, int size) {
    const double c = std::cos(region.rotation) * size / region.side;
    const double s = std::sin(region.rotation) * size / region.side;
    const auto [x, y] = region.center;
    return {c, s, size / 2.0 - c * x - s * y, -s, c, size / 2.0 + s * x - c * y};
}

}  // namespace closet
