#include "bench/report/ticks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include <fmt/format.h>

#include "bench/report/figure_text.h"

namespace closet::bench {
namespace {

/// Heckbert's nicenum(): 1, 2, 5 or 10 times a power of ten, near `value` or not below it.
double nice_number(double value, bool near) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    const double fraction = value / power;
    if (near) {
        return power * (fraction < 1.5 ? 1 : fraction < 3 ? 2 : fraction < 7 ? 5 : 10);
    }
    return power * (fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10);
}

constexpr double kMargin = 0.05;  ///< of the range, beyond the outermost values

double logarithm_or(Scale scale, double value) {
    return scale == Scale::kLog ? std::log10(value) : value;
}

/// As many decimals as the step needs.
std::string tick_label(double value, double step) {
    const double largest = std::max(std::abs(value), step);
    if (largest >= 1e6 || largest < 1e-4) {
        return fmt::format("{:.3g}", value);
    }
    const int decimals = static_cast<int>(std::max(0.0, -std::floor(std::log10(step) + 1e-9)));
    return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int count) {
    if (!(low < high) || !std::isfinite(high - low)) {
        return {};
    }
    const double range = nice_number(high - low, false);
    const double step = nice_number(range / std::max(count - 1, 1), true);
    const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
    if (!(step > 0) || !(last - first < 1000)) {
        return {};  // the range is lost in the digits of its ends
    }
    std::vector<double> ticks;
    for (double i = first; i <= last; ++i) {
        ticks.push_back(i * step);
    }
    return ticks;
}

std::vector<double> log_ticks(double low, double high, int count) {
    std::vector<double> all, decades;
    for (double power = std::floor(std::log10(low)); power <= std::log10(high); ++power) {
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double tick = factor * std::pow(10.0, power);
            if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) {
                all.push_back(tick);
                if (factor == 1) {
                    decades.push_back(tick);
                }
            }
        }
    }
    return all.size() > static_cast<std::size_t>(std::max(count, 2)) && decades.size() > 1 ? decades
                                                                                           : all;
}

AxisScale::AxisScale(const PlotAxis& axis, std::span<const double> values, int count)
    : scale_(axis.scale) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double value : values) {
        if (can_show(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    for (const double mark : axis.marks) {
        if (can_show(mark)) {
            low = std::min(low, mark);
            high = std::max(high, mark);
        }
    }
    if (low > high) {
        low = 1;
        high = 1;
    }
    if (axis.from_zero && scale_ == Scale::kLinear) {
        low = std::min(low, 0.0);
        high = std::max(high, 0.0);
    }
    if (low == high) {
        const double room = scale_ == Scale::kLog ? high / 2 : std::max(std::abs(high) / 10, 1e-3);
        low -= room;
        high += room;
    }
    low_ = logarithm_or(scale_, low);
    high_ = logarithm_or(scale_, high);
    if (axis.marks.empty()) {
        add_nice_ticks(count);
    } else {
        const double room = (high_ - low_) * kMargin;
        low_ -= room;
        high_ += room;
        add_marks(axis);
    }
}

void AxisScale::add_marks(const PlotAxis& axis) {
    for (std::size_t i = 0; i < axis.marks.size(); ++i) {
        if (can_show(axis.marks[i])) {
            ticks_.push_back({axis.marks[i],
                              i < axis.names.size() ? axis.names[i] : number_text(axis.marks[i])});
        }
    }
    std::sort(ticks_.begin(), ticks_.end(),
              [](const Tick& a, const Tick& b) { return a.at < b.at; });
}

void AxisScale::add_nice_ticks(int count) {
    if (scale_ == Scale::kLog) {
        const double room = (high_ - low_) * kMargin;
        low_ -= room;
        high_ += room;
        for (const double tick : log_ticks(std::pow(10.0, low_), std::pow(10.0, high_), count)) {
            ticks_.push_back({tick, number_text(tick)});
        }
        return;
    }
    const std::vector<double> ticks = nice_ticks(low_, high_, count);
    if (ticks.size() < 2) {
        return;
    }
    low_ = std::min(low_, ticks.front());
    high_ = std::max(high_, ticks.back());
    for (const double tick : ticks) {
        ticks_.push_back({tick, tick_label(tick, ticks[1] - ticks[0])});
    }
}

bool AxisScale::can_show(double value) const {
    // Figures beyond come from files that are not ours; differences of them would not be finite.
    constexpr double kLargest = 1e100;
    return std::abs(value) < kLargest && (scale_ == Scale::kLinear || value > 1 / kLargest);
}

double AxisScale::place_of(double value) const {
    return (logarithm_or(scale_, value) - low_) / (high_ - low_);
}

double AxisScale::clamped_place_of(double value) const {
    if (std::isnan(value)) {
        return 0;
    }
    if (!can_show(value)) {
        return value > 0 ? 1 : 0;
    }
    return std::clamp(place_of(value), 0.0, 1.0);
}

}  // namespace closet::bench
