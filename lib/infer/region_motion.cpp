#include "infer/region_motion.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace closet {
namespace {

constexpr double kWindowS = 0.3;  ///< speeds are taken over this long: a third of a stride
constexpr std::size_t kMostSamples = 8;
constexpr double kHorizonS = 0.5;  ///< nobody keeps going the same way for longer
constexpr double kMostPredictedZoom =
    0.7;  ///< |ln| of the side's change in one prediction: a half to two

/// How much time the samples must span before their slope is believed: at a spread (root of the
/// squared deviations) of this many seconds half of it is taken.
constexpr double kSlopePriorS = 0.03;

}  // namespace

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

}  // namespace closet
