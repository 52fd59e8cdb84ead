#include "infer/region.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <tuple>

namespace closet {
namespace {

constexpr double kCircleToSide = 1.25;  // RectTransformationCalculator of MediaPipe's pose graphs

// Nobody's pose can be told from fewer pixels; and no person is ten times as large as the picture.
constexpr double kLeastSide = 8.0;
constexpr double kMostPictures = 10.0;

// A region is off, and the pose is estimated again, when the keypoints disagree with it by more
// than this. Measured on a clip of a balancing man, every frame at 60 a second, keypoint error of
// batch 8 against batch 1: 2.1 % of the trunk with bounds half as large again, 1.7 % with these
// (and a third of the poses estimated twice), 1.3 % when all are estimated three times, which is
// the network's own noise.
constexpr double kSteadyShift = 0.025;  ///< share of the side
constexpr double kSteadyZoom = 0.05;    ///< |ln| of the sides' ratio
constexpr double kMostTurn = 0.06;      ///< radians

constexpr double kWindowS = 0.3;  ///< speeds are taken over this long: a third of a stride
constexpr std::size_t kMostSamples = 8;
constexpr double kHorizonS = 0.5;  ///< nobody keeps going the same way for longer
constexpr double kMostPredictedZoom =
    0.7;  ///< |ln| of the side's change in one prediction: a half to two

/// How much time the samples must span before their slope is believed: at a spread (root of the
/// squared deviations) of this many seconds half of it is taken.
constexpr double kSlopePriorS = 0.03;

// Two regions are of one person up to this. More would delay somebody new who stands close by until
// the next detection; less costs a look in vain.
constexpr double kSamePersonShift = 0.2;  ///< share of the side
constexpr double kSamePersonZoom = 0.5;   ///< |ln| of the sides' ratio

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

bool is_off(const Region& used, const Region& own, double tolerance) {
    const RegionDifference off = difference(used, own);
    return off.shift > tolerance * kSteadyShift || off.zoom > tolerance * kSteadyZoom ||
           off.turn > tolerance * kMostTurn;
}

Region between(const Region& a, const Region& b, double share) {
    return {.center = a.center + (b.center - a.center) * share,
            .side = a.side * std::pow(b.side / a.side, share),
            .rotation =
                normalized_angle(a.rotation + share * normalized_angle(b.rotation - a.rotation))};
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

void RegionMotion::add(double time_s, const Region& region) {
    if (known() && time_s <= samples_.back().time_s) {
        reset();
    }
    samples_.push_back({time_s, region});
    while (samples_.size() > kMostSamples || time_s - samples_.front().time_s > kWindowS) {
        samples_.pop_front();
    }
}

Region RegionMotion::predict(double time_s) const {
    // The least-squares line through the samples; its slope is drawn towards zero where they span
    // little time. All values relative to the last sample, so that angles and logarithms are small.
    const Sample& last = samples_.back();
    const auto count = static_cast<double>(samples_.size());
    double mean_time = 0, mean_zoom = 0, mean_turn = 0;
    cv::Point2d mean_shift;
    for (const Sample& sample : samples_) {
        mean_time += sample.time_s / count;
        mean_shift += (sample.region.center - last.region.center) / count;
        mean_zoom += std::log(sample.region.side / last.region.side) / count;
        mean_turn += normalized_angle(sample.region.rotation - last.region.rotation) / count;
    }
    double spread = kSlopePriorS * kSlopePriorS;
    double zoom = 0, turn = 0;
    cv::Point2d shift;
    for (const Sample& sample : samples_) {
        const double t = sample.time_s - mean_time;
        spread += t * t;
        shift += (sample.region.center - last.region.center) * t;
        zoom += std::log(sample.region.side / last.region.side) * t;
        turn += normalized_angle(sample.region.rotation - last.region.rotation) * t;
    }
    const double ahead = std::clamp(time_s - last.time_s, 0.0, kHorizonS) + last.time_s - mean_time;
    const double zoomed =
        std::clamp(mean_zoom + zoom / spread * ahead, -kMostPredictedZoom, kMostPredictedZoom);
    return {.center = last.region.center + mean_shift + shift * (ahead / spread),
            .side = last.region.side * std::exp(zoomed),
            .rotation = normalized_angle(last.region.rotation + mean_turn + turn / spread * ahead)};
}

std::vector<Region> regions_besides(std::span<const Region> known, std::span<const Region> found) {
    std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;  // shift, known, found
    for (std::size_t k = 0; k < known.size(); ++k) {
        for (std::size_t f = 0; f < found.size(); ++f) {
            const RegionDifference off = difference(known[k], found[f]);
            if (off.shift <= kSamePersonShift && off.zoom <= kSamePersonZoom) {
                pairs.emplace_back(off.shift, k, f);
            }
        }
    }
    std::sort(pairs.begin(), pairs.end());
    std::vector<bool> used(known.size(), false);
    std::vector<bool> explained(found.size(), false);
    for (const auto& [shift, k, f] : pairs) {
        if (!used[k] && !explained[f]) {
            used[k] = true;
            explained[f] = true;
        }
    }
    std::vector<Region> rest;
    for (std::size_t f = 0; f < found.size(); ++f) {
        if (!explained[f]) {
            rest.push_back(found[f]);
        }
    }
    std::stable_sort(rest.begin(), rest.end(),
                     [](const Region& a, const Region& b) { return a.side > b.side; });
    return rest;
}

}  // namespace closet
