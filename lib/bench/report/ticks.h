#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/report/plot.h"

namespace closet::bench {

struct Tick {
    double at = 0;
    std::string label;
};

/// Multiples of 1, 2 or 5 times a power of ten that enclose [low, high], about `count` of them:
/// P. Heckbert, "Nice Numbers for Graph Labels", Graphics Gems (1990), pp. 61-63. `low` < `high`,
/// both finite, else empty.
std::vector<double> nice_ticks(double low, double high, int count);

/// 1, 2 and 5 times powers of ten within [low, high], both positive; powers of ten alone where that
/// makes more than `count`.
std::vector<double> log_ticks(double low, double high, int count);

/// Where values lie on an axis.
class AxisScale {
  public:
    /// Around all of `values` that are finite (a log axis: and positive). `count` is about how many
    /// ticks there is room for.
    AxisScale(const PlotAxis& axis, std::span<const double> values, int count);

    /// 0 at the low end, 1 at the high one; beyond for values outside.
    double place_of(double value) const;
    bool can_show(double value) const;
    /// Within the axis; what is not finite or not positive on a log axis is at an end.
    double clamped_place_of(double value) const;
    const std::vector<Tick>& ticks() const { return ticks_; }

  private:
    void add_marks(const PlotAxis& axis);
    void add_nice_ticks(int count);

    Scale scale_;
    double low_ = 0, high_ = 1;
    std::vector<Tick> ticks_;
};

}  // namespace closet::bench
