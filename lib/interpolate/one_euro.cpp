#include "infer/one_euro.h"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace closet {
namespace {

constexpr std::size_t kBodyLandmarks = 33;
constexpr std::size_t kSmoothedLandmarks = 35;  // and the two of the body's circle
constexpr double kVisibilityAlpha = 0.1;        // LowPassFilter of the visibilities

double alpha(double cutoff_hz, double rate_hz) {
    const double tau = 1.0 / (2.0 * std::numbers::pi * cutoff_hz);
    return 1.0 / (1.0 + tau * rate_hz);
}

std::vector<double> coordinates(const Landmarks& landmarks, std::size_t first, std::size_t end) {
    std::vector<double> values;
    for (std::size_t i = first; i < end; ++i) {
        values.insert(values.end(), {landmarks[i].x, landmarks[i].y, landmarks[i].z});
    }
    return values;
}

void set_coordinates(Landmarks& landmarks, std::size_t first, const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size() / 3; ++i) {
        landmarks[first + i].x = values[3 * i];
        landmarks[first + i].y = values[3 * i + 1];
        landmarks[first + i].z = values[3 * i + 2];
    }
}

}  // namespace

std::vector<double> OneEuroFilter::smooth(double time_s, const std::vector<double>& values,
                                          double value_scale) {
    if (last_time_s_ && time_s > *last_time_s_) {
        rate_hz_ = 1.0 / (time_s - *last_time_s_);
    }
    last_time_s_ = time_s;
    if (smoothed_.empty()) {
        raw_ = smoothed_ = values;
        speed_.assign(values.size(), 0.0);
        return smoothed_;
    }
    const double speed_alpha = alpha(options_.derivative_cutoff_hz, rate_hz_);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double speed = (values[i] - raw_[i]) * value_scale * rate_hz_;
        speed_[i] += speed_alpha * (speed - speed_[i]);
        const double cutoff = options_.min_cutoff_hz + options_.beta * std::abs(speed_[i]);
        smoothed_[i] += alpha(cutoff, rate_hz_) * (values[i] - smoothed_[i]);
        raw_[i] = values[i];
    }
    return smoothed_;
}

Landmarks LandmarkSmoother::smooth(double time_s, const Landmarks& landmarks) {
    // Speeds are taken relative to the person: the diameter of the body's circle, which is the
    // region's side without its margin.
    constexpr double kMargin = 1.25;
    const double diameter = region_of_landmarks(landmarks).side / kMargin;
    const double scale = 1.0 / diameter;
    Landmarks result = landmarks;
    set_coordinates(result, 0,
                    body_.smooth(time_s, coordinates(landmarks, 0, kBodyLandmarks), scale));
    set_coordinates(result, kBodyLandmarks,
                    auxiliary_.smooth(
                        time_s, coordinates(landmarks, kBodyLandmarks, kSmoothedLandmarks), scale));
    if (last_) {
        for (std::size_t i = 0; i < kSmoothedLandmarks; ++i) {
            const double before = (*last_)[i].visibility;
            result[i].visibility = before + kVisibilityAlpha * (landmarks[i].visibility - before);
        }
    }
    last_ = result;
    return result;
}

}  // namespace closet
