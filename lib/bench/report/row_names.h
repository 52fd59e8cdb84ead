#pragma once

#include <string>
#include <vector>

#include "bench/report/svg.h"

namespace closet::bench {

/// Height of a row with its gap, px.
inline constexpr double kRowHeight = 17;

/// Where rows of a plot lie that have their names on the left.
struct RowLayout {
    double names_width = 0;
    Rectangle area;  ///< right of the names

    double top_of(std::size_t row) const {
        return area.top + static_cast<double>(row) * kRowHeight;
    }
};

/// Names take what they need, up to 45 % of the width.
RowLayout lay_out_rows(const std::vector<std::string>& names, double top, double width);

/// Writes the name of a row, cut to its room.
void draw_row_name(Svg& svg, const RowLayout& layout, std::size_t row, const std::string& name);

}  // namespace closet::bench
