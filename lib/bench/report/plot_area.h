#pragma once

#include <string>
#include <vector>

#include "bench/report/plot.h"
#include "bench/report/svg.h"
#include "bench/report/ticks.h"

namespace closet::bench {

/// One entry of a legend: a marker or, with `letter`, a coloured field with it.
struct LegendEntry {
    std::string name;
    int look = 0;
    std::string letter;
};

/// Draws entries side by side from `top`, in as many lines as they need; answers where they end.
double draw_legend(Svg& svg, const std::vector<LegendEntry>& entries, double top, double width);

/// Grid lines and labels of the x axis below `area`, its name under them. Labels that would meet
/// are left out; their grid lines stay. Needs kXAxisHeight px below the area.
void draw_x_axis(Svg& svg, const AxisScale& scale, const std::string& label, const Rectangle& area);
inline constexpr double kXAxisHeight = 2 * kLineHeight + 4;

/// Grid lines and labels of the y axis, left of `area`.
void draw_y_axis(Svg& svg, const AxisScale& scale, const Rectangle& area);
/// Px that its labels need.
double y_axis_width(const AxisScale& scale);

/// Class of a look: its colour.
std::string look_class(int look);

/// "a", "b", ... "z", "aa".
std::string letter_of(std::size_t index);

}  // namespace closet::bench
