#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/plot/plot.h"
#include "bench/plot/svg.h"

namespace closet::bench {

/// A place of an axis with its label.
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
    /// Whether the value has a place: finite, on a log axis positive, and not absurdly large.
    bool can_show(double value) const;
    /// Within the axis; what is not finite or not positive on a log axis is at an end.
    double clamped_place_of(double value) const;
    /// In ascending order.
    const std::vector<Tick>& ticks() const { return ticks_; }

  private:
    void add_marks(const PlotAxis& axis);
    void add_nice_ticks(int count);

    Scale scale_;
    double low_ = 0, high_ = 1;
    std::vector<Tick> ticks_;
};

/// One entry of a legend: a marker or, with `letter`, a colored field with it.
struct LegendEntry {
    std::string name;
    int style = 0;
    std::string letter;
};

/// Draws entries side by side from `top`, in as many lines as they need; answers where they end.
double draw_legend(Svg& svg, const std::vector<LegendEntry>& entries, double top, double width);

/// Grid lines and labels of the x axis below `area`, its name under them. Labels that would meet
/// are left out; their grid lines stay.
void draw_x_axis(Svg& svg, const AxisScale& scale, const std::string& label, const Rectangle& area);
/// Px that draw_x_axis needs below the area.
inline constexpr double kXAxisHeight = 2 * kLineHeight + 4;

/// Grid lines and labels of the y axis, left of `area`.
void draw_y_axis(Svg& svg, const AxisScale& scale, const Rectangle& area);
/// Px that its labels need.
double y_axis_width(const AxisScale& scale);

/// The CSS class that gives a series' style (see Series) its color: "look3", or "muted".
std::string style_class(int style);

/// "a", "b", ... "z", "aa".
std::string letter_of(std::size_t index);

/// Height of a row with its gap, px.
inline constexpr double kRowHeight = 17;

/// Where rows of a plot lie that have their names on the left.
struct RowLayout {
    double names_width = 0;
    Rectangle area;  ///< right of the names

    /// Px, of the upper edge of row 0, 1, ...
    double top_of(std::size_t row) const {
        return area.top + static_cast<double>(row) * kRowHeight;
    }
};

/// Names take what they need, up to 45 % of the width.
RowLayout lay_out_rows(const std::vector<std::string>& names, double top, double width);

/// Writes the name of a row, cut to its room.
void draw_row_name(Svg& svg, const RowLayout& layout, std::size_t row, const std::string& name);

}  // namespace closet::bench
