#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "bench/plot/axes.h"
#include "bench/plot/plot.h"
#include "bench/plot/svg.h"

namespace closet::bench {
namespace {

constexpr double kRightMargin = 10;
constexpr double kWhisker = 3;  ///< half the cap of an error bar
/// Intervals that reach farther than this many times the values' own range beyond it are cut, so
/// that one wild case does not press the others together.
constexpr double kFarthestBound = 1.0;
constexpr double kTickSpaceX = 55, kTickSpaceY = 38;  ///< px from one tick to the next

/// Values, and bounds as far as they count for the range of an axis.
std::vector<double> extent_of(const std::vector<Series>& series, AxisValue PlotPoint::*side) {
    std::vector<double> values;
    for (const Series& one : series) {
        for (const PlotPoint& point : one.points) {
            if (std::isfinite((point.*side).value)) {
                values.push_back((point.*side).value);
            }
        }
    }
    if (values.empty()) {
        return values;
    }
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double room =
        kFarthestBound * std::max(*high - *low, 0.2 * std::max(std::abs(*low), std::abs(*high)));
    const double least = *low > 0 ? std::max(*low - room, *low / 10) : *low - room;
    const double most = *high + room;
    std::vector<double> extent = values;
    for (const Series& one : series) {
        for (const PlotPoint& point : one.points) {
            for (const std::optional<double>& bound : {(point.*side).low, (point.*side).high}) {
                if (bound && std::isfinite(*bound)) {
                    extent.push_back(std::clamp(*bound, least, most));
                }
            }
        }
    }
    return extent;
}

/// Draws one XyPlot.
class XyDrawer {
  public:
    explicit XyDrawer(const XyPlot& plot)
        : plot_(plot),
          x_(plot.x, extent_of(plot.series, &PlotPoint::x),
             static_cast<int>(plot.width / kTickSpaceX)),
          y_(plot.y, extent_of(plot.series, &PlotPoint::y),
             static_cast<int>(plot.height / kTickSpaceY)) {}

    Drawing draw() {
        const double legend_end = draw_legend(svg_, legend(), 0, plot_.width);
        svg_.text({0, legend_end + kLineHeight - 3}, fitting(plot_.y.label, plot_.width),
                  Anchor::kStart, "name");
        area_ = {y_axis_width(y_), legend_end + kLineHeight + 6, plot_.width - kRightMargin,
                 legend_end + plot_.height - kXAxisHeight};
        draw_x_axis(svg_, x_, plot_.x.label, area_);
        draw_y_axis(svg_, y_, area_);
        for (const Series& series : plot_.series) {
            draw_series(series);
        }
        draw_labels();
        return {plot_.width, legend_end + plot_.height, svg_.take()};
    }

  private:
    std::vector<LegendEntry> legend() const {
        std::vector<LegendEntry> entries;
        for (const Series& series : plot_.series) {
            if (!series.name.empty()) {
                entries.push_back({series.name, series.style, {}});
            }
        }
        return entries;
    }

    bool can_show(const PlotPoint& point) const {
        return x_.can_show(point.x.value) && y_.can_show(point.y.value);
    }
    double x_of(double value) const {
        return area_.left + x_.clamped_place_of(value) * area_.width();
    }
    double y_of(double value) const {
        return area_.bottom - y_.clamped_place_of(value) * area_.height();
    }
    Spot spot_of(const PlotPoint& point) const {
        return {x_of(point.x.value), y_of(point.y.value)};
    }

    void draw_series(const Series& series) {
        svg_.begin_group(style_class(series.style));
        draw_line(series);
        for (const PlotPoint& point : series.points) {
            if (can_show(point)) {
                draw_point(series, point);
            }
        }
        svg_.end_group();
    }

    void draw_line(const Series& series) {
        if (series.line == Line::kNone) {
            return;
        }
        std::string data;
        double last_y = 0;
        for (const PlotPoint& point : series.points) {
            if (!can_show(point)) {
                continue;
            }
            const Spot spot = spot_of(point);
            if (!data.empty() && series.line == Line::kSteps) {
                data += fmt::format("L{} {}", coordinate(spot.x), coordinate(last_y));
            }
            data += fmt::format("{}{} {}", data.empty() ? 'M' : 'L', coordinate(spot.x),
                                coordinate(spot.y));
            last_y = spot.y;
        }
        if (!data.empty()) {
            svg_.path(data, "line");
        }
    }

    void draw_point(const Series& series, const PlotPoint& point) {
        if (!series.has_markers) {
            return;
        }
        const Spot spot = spot_of(point);
        svg_.begin_group({}, point.tooltip);
        const auto bar = [&](const std::optional<double>& bound, bool along_x) {
            if (!bound) {
                return;
            }
            const Spot end = along_x ? Spot{x_of(*bound), spot.y} : Spot{spot.x, y_of(*bound)};
            if (!std::isfinite(*bound)) {
                svg_.line(spot, end, "unknown");
                return;
            }
            svg_.line(spot, end, "bar");
            const Spot cap = along_x ? Spot{0, kWhisker} : Spot{kWhisker, 0};
            svg_.line({end.x - cap.x, end.y - cap.y}, {end.x + cap.x, end.y + cap.y}, "bar");
        };
        bar(point.x.low, true);
        bar(point.x.high, true);
        bar(point.y.low, false);
        bar(point.y.high, false);
        svg_.path(marker_path(series.style, spot), "marker");
        svg_.end_group();
    }

    /// Labels beside their points where they meet neither a point nor each other; those that find
    /// no place are left out (tooltips and the table have them).
    void draw_labels() {
        constexpr double kHalfMarker = 4;
        std::vector<Rectangle> taken;
        for (const Series& series : plot_.series) {
            for (const PlotPoint& point : series.points) {
                if (can_show(point) && series.has_markers) {
                    const Spot spot = spot_of(point);
                    taken.push_back({x_of(point.x.low.value_or(point.x.value)), spot.y - 1,
                                     x_of(point.x.high.value_or(point.x.value)), spot.y + 1});
                    taken.push_back({spot.x - 1, y_of(point.y.high.value_or(point.y.value)),
                                     spot.x + 1, y_of(point.y.low.value_or(point.y.value))});
                    taken.push_back({spot.x - kHalfMarker, spot.y - kHalfMarker,
                                     spot.x + kHalfMarker, spot.y + kHalfMarker});
                }
            }
        }
        for (const Series& series : plot_.series) {
            for (const PlotPoint& point : series.points) {
                if (can_show(point) && !point.label.empty()) {
                    place_label(point.label, spot_of(point), taken);
                }
            }
        }
    }

    void place_label(const std::string& label, Spot spot, std::vector<Rectangle>& taken) {
        const double width = text_width(label);
        const double above = spot.y - 5 - kTextHeight, below = spot.y + 5;
        const std::array<Spot, 8> corners{{{spot.x + 4, above},
                                           {spot.x - 4 - width, above},
                                           {spot.x + 4, below},
                                           {spot.x - 4 - width, below},
                                           {spot.x + 6, spot.y - kTextHeight / 2},
                                           {spot.x - 6 - width, spot.y - kTextHeight / 2},
                                           {spot.x - width / 2, above - 3},
                                           {spot.x - width / 2, below + 3}}};
        for (const Spot& corner : corners) {
            const Rectangle box{corner.x, corner.y - 1, corner.x + width,
                                corner.y + kTextHeight + 2};
            const bool inside = box.left >= area_.left && box.right <= plot_.width &&
                                box.top >= area_.top && box.bottom <= area_.bottom;
            if (inside && std::none_of(taken.begin(), taken.end(),
                                       [&](const Rectangle& t) { return box.meets(t); })) {
                svg_.text({corner.x, corner.y + kTextHeight}, label);
                taken.push_back(box);
                return;
            }
        }
    }

    const XyPlot& plot_;
    AxisScale x_, y_;
    Rectangle area_;
    Svg svg_;
};

}  // namespace

Drawing draw(const XyPlot& plot) {
    return XyDrawer(plot).draw();
}

}  // namespace closet::bench
