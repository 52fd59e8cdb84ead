#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "bench/report/figure_text.h"
#include "bench/report/plot.h"
#include "bench/report/plot_area.h"
#include "bench/report/row_names.h"
#include "bench/report/svg.h"
#include "bench/report/ticks.h"

namespace closet::bench {
namespace {

constexpr double kTickSpace = 55;
constexpr double kHalfBox = 4;  ///< of the box's height, px

void draw_row(Svg& svg, const SpreadPlot::Row& row, const AxisScale& x, const RowLayout& layout,
              std::size_t index) {
    const double y = layout.top_of(index) + kRowHeight / 2;
    const auto at = [&](double value) {
        return layout.area.left + x.clamped_place_of(value) * layout.area.width();
    };
    svg.begin_group("look0",
                    fmt::format("{}: median {}, 95 % below {}, 99 % below {}, {} to {}", row.name,
                                number_text(row.p50), number_text(row.p95), number_text(row.p99),
                                number_text(row.min), number_text(row.max)));
    svg.line({at(row.min), y}, {at(row.max), y}, "range");
    svg.rectangle({at(row.p25), y - kHalfBox, at(row.p75), y + kHalfBox}, "half");
    svg.line({at(row.p50), y - kHalfBox - 2}, {at(row.p50), y + kHalfBox + 2}, "line");
    svg.path(marker_path(3, {at(row.p95), y}), "marker");
    svg.line({at(row.p99), y - kHalfBox}, {at(row.p99), y + kHalfBox}, "bar");
    svg.end_group();
}

}  // namespace

Drawing draw(const SpreadPlot& plot) {
    Svg svg;
    std::vector<std::string> names;
    std::vector<double> ends;
    for (const SpreadPlot::Row& row : plot.rows) {
        names.push_back(row.name);
        ends.push_back(row.min);
        ends.push_back(row.max);
    }
    const RowLayout layout = lay_out_rows(names, 4, plot.width);
    const AxisScale x(plot.x, ends, static_cast<int>(layout.area.width() / kTickSpace));
    draw_x_axis(svg, x, plot.x.label, layout.area);
    for (std::size_t i = 0; i < plot.rows.size(); ++i) {
        draw_row_name(svg, layout, i, plot.rows[i].name);
        draw_row(svg, plot.rows[i], x, layout, i);
    }
    return {plot.width, layout.area.bottom + kXAxisHeight, svg.take()};
}

}  // namespace closet::bench
