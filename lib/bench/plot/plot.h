#pragma once

#include <optional>
#include <string>
#include <vector>

// Own SVG of 800 lines: the page must work without a script (its policy forbids them), as print and
// in a README, and draw bounds that are not known; what draws SVG from C++ (matplotplusplus) wants
// gnuplot at run time.

namespace closet::bench {

/// A plot as SVG elements inside an <svg> that is `width` by `height` px. Its parts have classes;
/// see plot_css().
struct Drawing {
    double width = 0, height = 0;
    std::string elements;
};

/// How positions on an axis follow from its values.
enum class Scale { kLinear, kLog };
/// How the points of a series are joined.
enum class Line { kNone, kStraight, kSteps };

/// A position on one axis and the interval around it. Bounds that are not finite are drawn as
/// "anything on this side".
struct AxisValue {
    double value = 0;
    std::optional<double> low, high;
};

/// A point with its intervals along both axes.
struct PlotPoint {
    AxisValue x, y;
    std::string label;    ///< beside the point where there is room; may be empty
    std::string tooltip;  ///< may be empty
};

/// Points that look alike.
struct Series {
    std::string name;  ///< in the legend; empty: not in it
    int style = 0;     ///< which color and marker, 0..; -1: muted
    Line line = Line::kNone;
    bool has_markers = true;
    std::vector<PlotPoint> points;
};

/// An axis before it is known which values lie on it.
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
    double width = 400, height = 280;  ///< px; the legend comes on top of the height
};

/// Points with their bars, lines and labels, below a legend. Points that are not finite are left
/// out; a log axis leaves out those that are not positive.
Drawing draw(const XyPlot& plot);

/// One bar of several segments for each row, from the top.
struct BarPlot {
    /// One bar.
    struct Row {
        std::string name;
        std::vector<double> values;  ///< one for each segment, >= 0
    };
    std::string x_label;
    std::vector<std::string> segments;
    std::vector<Row> rows;
    double width = 400;  ///< px; the height follows from the rows
};

/// Values that are not finite or below 0 are drawn as 0.
Drawing draw(const BarPlot& plot);

/// How values are spread: one row for each distribution.
struct SpreadPlot {
    /// Quantiles of one distribution, in the unit of `x`.
    struct Row {
        std::string name;
        double min = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0, p99 = 0, max = 0;
    };
    PlotAxis x;
    std::vector<Row> rows;
    double width = 400;  ///< px; the height follows from the rows
};

/// A line from the least to the largest value, a box for the middle half, a stroke at the median, a
/// diamond at p95, a bar at p99.
Drawing draw(const SpreadPlot& plot);

/// Number of colors and markers that are told apart; styles beyond repeat them.
inline constexpr int kStyles = 8;

/// CSS for the classes of drawings, on a light or a dark ground.
std::string plot_css(bool dark);

/// The <svg> element of a drawing, with title and description for those who do not see it. With
/// `css`, it is a file of its own with that style and a white ground.
std::string to_svg(const Drawing& drawing, const std::string& title, const std::string& description,
                   const std::string& css = {});

}  // namespace closet::bench
