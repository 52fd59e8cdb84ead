#include "predict/one_euro.h"

#include <cmath>
#include <cstddef>
#include <numbers>

namespace closet {
namespace {

double time_constant_s(double cutoff_hz) {
    return 1.0 / (2.0 * std::numbers::pi * cutoff_hz);
}

double alpha(double cutoff_hz, double rate_hz) {
    return 1.0 / (1.0 + time_constant_s(cutoff_hz) * rate_hz);
}

}  // namespace

double OneEuroFilter::cutoff_hz(std::size_t value) const {
    return options_.min_cutoff_hz + options_.beta * std::abs(speed_[value]);
}

double OneEuroFilter::lag_s(std::size_t value) const {
    return time_constant_s(cutoff_hz(value));
}

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
        smoothed_[i] += alpha(cutoff_hz(i), rate_hz_) * (values[i] - smoothed_[i]);
        raw_[i] = values[i];
    }
    return smoothed_;
}

}  // namespace closet
