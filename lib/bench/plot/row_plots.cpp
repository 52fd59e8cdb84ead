#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include <fmt/format.h>

#include "bench/plot/axes.h"
#include "bench/plot/plot.h"
#include "bench/plot/svg.h"
#include "bench/text/number_text.h"

namespace closet::bench {
namespace {

constexpr double kTickSpace = 55;  ///< px from one tick to the next
constexpr double kBarMargin = 2;   ///< above and below a bar, px
constexpr double kHalfBox = 4;     ///< half the height of the box that holds the middle half, px
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
        svg.begin_group(style_class(static_cast<int>(i)),
                        fmt::format("{}: {} {} ({:.0f} %)", bar.name, plot.segments[i],
                                    number_text(value), 100 * value / total));
        svg.rectangle({left, top, right, bottom}, "field");
        if (right - left >= kLetterRoom) {
            svg.text({(left + right) / 2, bottom - 3.5}, letter_of(i), Anchor::kMiddle, "inside");
        }
        svg.end_group();
    }
}

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
