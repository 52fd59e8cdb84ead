#pragma once

#include <optional>
#include <string>
#include <vector>

namespace closet::bench {

/// A plot as SVG elements inside an <svg> that is `width` by `height` px. Its parts have classes;
/// see plot_style().
struct Drawing {
    double width = 0, height = 0;
    std::string elements;
};

enum class Scale { kLinear, kLog };
enum class Line { kNone, kStraight, kSteps };

/// A position on one axis and the interval around it. Bounds that are not finite are drawn as
/// "anything on this side".
struct Reading {
    double value = 0;
    std::optional<double> low, high;
};

struct PlotPoint {
    Reading x, y;
    std::string label;    ///< beside the point where there is room; may be empty
    std::string tooltip;  ///< may be empty
};

struct Series {
    std::string name;  ///< in the legend; empty: not in it
    int look = 0;      ///< colour and marker, 0..; -1: muted
    Line line = Line::kNone;
    bool has_markers = true;
    std::vector<PlotPoint> points;
};

struct PlotAxis {
    std::string label;  ///< with the unit
    Scale scale = Scale::kLinear;
    bool from_zero = false;
    std::vector<double> marks{};       ///< where ticks must be; empty: nice numbers
    std::vector<std::string> names{};  ///< of `marks`; empty: the numbers
};

/// Points and lines over two axes.
struct XyPlot {
    PlotAxis x, y;
    std::vector<Series> series;
    double width = 400, height = 280;
};

/// Points that are not finite are left out; a log axis leaves out those that are not positive.
Drawing draw(const XyPlot& plot);

/// One bar of several segments for each row, from the top.
struct BarPlot {
    struct Row {
        std::string name;
        std::vector<double> values;  ///< one for each segment, >= 0
    };
    std::string x_label;
    std::vector<std::string> segments;
    std::vector<Row> rows;
    double width = 400;
};
Drawing draw(const BarPlot& plot);

/// How values are spread: one row for each distribution.
struct SpreadPlot {
    struct Row {
        std::string name;
        double min = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0, p99 = 0, max = 0;
    };
    PlotAxis x;
    std::vector<Row> rows;
    double width = 400;
};
Drawing draw(const SpreadPlot& plot);

/// Number of colours and markers that are told apart; looks beyond repeat them.
inline constexpr int kLooks = 8;

/// CSS for the classes of drawings, on a light or a dark ground.
std::string plot_style(bool dark);

/// The <svg> element of a drawing, with title and description for those who do not see it. With
/// `style`, it is a file of its own with that style and a white ground.
std::string to_svg(const Drawing& drawing, const std::string& title, const std::string& description,
                   const std::string& style = {});

}  // namespace closet::bench
