#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

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
constexpr double kBarMargin = 2;   ///< above and below a bar, px
constexpr double kLetterRoom = 9;  ///< least width of a segment that has its letter inside

double finite(double value) {
    return std::isfinite(value) && value > 0 ? value : 0;
}

double sum_of(const BarPlot::Row& row) {
    return std::accumulate(row.values.begin(), row.values.end(), 0.0,
                           [](double sum, double value) { return sum + finite(value); });
}

void draw_row(Svg& svg, const BarPlot& plot, const AxisScale& x, const RowLayout& layout,
              std::size_t row) {
    const BarPlot::Row& bar = plot.rows[row];
    const double total = sum_of(bar);
    const double top = layout.top_of(row) + kBarMargin, bottom = top + kRowHeight - 2 * kBarMargin;
    double from = 0;
    for (std::size_t i = 0; i < bar.values.size() && i < plot.segments.size(); ++i) {
        const double value = finite(bar.values[i]);
        if (value <= 0) {
            continue;
        }
        const double left = layout.area.left + x.clamped_place_of(from) * layout.area.width();
        from += value;
        const double right = layout.area.left + x.clamped_place_of(from) * layout.area.width();
        svg.begin_group(look_class(static_cast<int>(i)),
                        fmt::format("{}: {} {} ({:.0f} %)", bar.name, plot.segments[i],
                                    number_text(value), 100 * value / total));
        svg.rectangle({left, top, right, bottom}, "field");
        if (right - left >= kLetterRoom) {
            svg.text({(left + right) / 2, bottom - 3.5}, letter_of(i), Anchor::kMiddle, "inside");
        }
        svg.end_group();
    }
}

}  // namespace

Drawing draw(const BarPlot& plot) {
    Svg svg;
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < plot.segments.size(); ++i) {
        entries.push_back({plot.segments[i], static_cast<int>(i), letter_of(i)});
    }
    const double legend_end = draw_legend(svg, entries, 0, plot.width);
    std::vector<std::string> names;
    std::vector<double> sums;
    for (const BarPlot::Row& row : plot.rows) {
        names.push_back(row.name);
        sums.push_back(sum_of(row));
    }
    const RowLayout layout = lay_out_rows(names, legend_end + 6, plot.width);
    const AxisScale x({.label = plot.x_label, .from_zero = true}, sums,
                      static_cast<int>(layout.area.width() / kTickSpace));
    draw_x_axis(svg, x, plot.x_label, layout.area);
    for (std::size_t row = 0; row < plot.rows.size(); ++row) {
        draw_row_name(svg, layout, row, plot.rows[row].name);
        draw_row(svg, plot, x, layout, row);
    }
    return {plot.width, layout.area.bottom + kXAxisHeight, svg.take()};
}

}  // namespace closet::bench
