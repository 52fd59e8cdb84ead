#include "bench/plot/axes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include <fmt/format.h>

#include "bench/text/number_text.h"

namespace closet::bench {
namespace {

constexpr double kMargin = 0.05;  ///< of the range, beyond the outermost values
constexpr double kKeyWidth = 16;  ///< of the marker or field in front of a legend's name, px
constexpr double kEntryGap = 10;
constexpr double kLabelGap = 5;
constexpr double kMostNames = 0.45;  ///< of the width, that names of rows take
constexpr double kNamesGap = 8;
constexpr double kRightOfRows = 14;

/// Heckbert's nicenum(): 1, 2, 5 or 10 times a power of ten, near `value` or not below it.
double nice_number(double value, bool near) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    const double fraction = value / power;
    if (near) {
        return power * (fraction < 1.5 ? 1 : fraction < 3 ? 2 : fraction < 7 ? 5 : 10);
    }
    return power * (fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10);
}

double logarithm_or(Scale scale, double value) {
    return scale == Scale::kLog ? std::log10(value) : value;
}

/// As many decimals as the step needs.
std::string tick_label(double value, double step) {
    const double largest = std::max(std::abs(value), step);
    if (largest >= 1e6 || largest < 1e-4) {
        return fmt::format("{:.3g}", value);
    }
    const int decimals = static_cast<int>(std::max(0.0, -std::floor(std::log10(step) + 1e-9)));
    return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int count) {
    if (!(low < high) || !std::isfinite(high - low)) {
        return {};
    }
    const double range = nice_number(high - low, false);
    const double step = nice_number(range / std::max(count - 1, 1), true);
    const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
    if (!(step > 0) || !(last - first < 1000)) {
        return {};  // the range is lost in the digits of its ends
    }
    std::vector<double> ticks;
    for (double i = first; i <= last; ++i) {
        ticks.push_back(i * step);
    }
    return ticks;
}

std::vector<double> log_ticks(double low, double high, int count) {
    std::vector<double> all, decades;
    for (double power = std::floor(std::log10(low)); power <= std::log10(high); ++power) {
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double tick = factor * std::pow(10.0, power);
            if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) {
                all.push_back(tick);
                if (factor == 1) {
                    decades.push_back(tick);
                }
            }
        }
    }
    return all.size() > static_cast<std::size_t>(std::max(count, 2)) && decades.size() > 1 ? decades
                                                                                           : all;
}

AxisScale::AxisScale(const PlotAxis& axis, std::span<const double> values, int count)
    : scale_(axis.scale) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double value : values) {
        if (can_show(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    for (const double mark : axis.marks) {
        if (can_show(mark)) {
            low = std::min(low, mark);
            high = std::max(high, mark);
        }
    }
    if (low > high) {
        low = 1;
        high = 1;
    }
    if (axis.from_zero && scale_ == Scale::kLinear) {
        low = std::min(low, 0.0);
        high = std::max(high, 0.0);
    }
    if (low == high) {
        const double room = scale_ == Scale::kLog ? high / 2 : std::max(std::abs(high) / 10, 1e-3);
        low -= room;
        high += room;
    }
    low_ = logarithm_or(scale_, low);
    high_ = logarithm_or(scale_, high);
    if (axis.marks.empty()) {
        add_nice_ticks(count);
    } else {
        const double room = (high_ - low_) * kMargin;
        low_ -= room;
        high_ += room;
        add_marks(axis);
    }
}

void AxisScale::add_marks(const PlotAxis& axis) {
    for (std::size_t i = 0; i < axis.marks.size(); ++i) {
        if (can_show(axis.marks[i])) {
            ticks_.push_back({axis.marks[i],
                              i < axis.names.size() ? axis.names[i] : number_text(axis.marks[i])});
        }
    }
    std::sort(ticks_.begin(), ticks_.end(),
              [](const Tick& a, const Tick& b) { return a.at < b.at; });
}

void AxisScale::add_nice_ticks(int count) {
    if (scale_ == Scale::kLog) {
        const double room = (high_ - low_) * kMargin;
        low_ -= room;
        high_ += room;
        for (const double tick : log_ticks(std::pow(10.0, low_), std::pow(10.0, high_), count)) {
            ticks_.push_back({tick, number_text(tick)});
        }
        return;
    }
    const std::vector<double> ticks = nice_ticks(low_, high_, count);
    if (ticks.size() < 2) {
        return;
    }
    low_ = std::min(low_, ticks.front());
    high_ = std::max(high_, ticks.back());
    for (const double tick : ticks) {
        ticks_.push_back({tick, tick_label(tick, ticks[1] - ticks[0])});
    }
}

bool AxisScale::can_show(double value) const {
    // Figures beyond come from files that are not ours; differences of them would not be finite.
    constexpr double kLargest = 1e100;
    return std::abs(value) < kLargest && (scale_ == Scale::kLinear || value > 1 / kLargest);
}

double AxisScale::place_of(double value) const {
    return (logarithm_or(scale_, value) - low_) / (high_ - low_);
}

double AxisScale::clamped_place_of(double value) const {
    if (std::isnan(value)) {
        return 0;
    }
    if (!can_show(value)) {
        return value > 0 ? 1 : 0;
    }
    return std::clamp(place_of(value), 0.0, 1.0);
}

std::string style_class(int style) {
    return style < 0 ? "muted" : fmt::format("look{}", style % kStyles);
}

std::string letter_of(std::size_t index) {
    constexpr std::size_t kLetters = 26;
    std::string letters(1, static_cast<char>('a' + static_cast<char>(index % kLetters)));
    return index < kLetters ? letters : letter_of(index / kLetters - 1) + letters;
}

double draw_legend(Svg& svg, const std::vector<LegendEntry>& entries, double top, double width) {
    if (entries.empty()) {
        return top;
    }
    double x = 0, y = top;
    for (const LegendEntry& entry : entries) {
        const std::string name = fitting(entry.name, width - kKeyWidth);
        const double needs = kKeyWidth + text_width(name);
        if (x > 0 && x + needs > width) {
            x = 0;
            y += kLineHeight;
        }
        svg.begin_group(style_class(entry.style), name == entry.name ? "" : entry.name);
        const Spot middle{x + 6, y + kLineHeight / 2};
        if (entry.letter.empty()) {
            svg.path(marker_path(entry.style, middle), "marker");
        } else {
            svg.rectangle({x, y + 1, x + 12, y + 13}, "field");
            svg.text({middle.x, y + 10.5}, entry.letter, Anchor::kMiddle, "inside");
        }
        svg.text({x + kKeyWidth, y + 11.5}, name, Anchor::kStart, "ink");
        svg.end_group();
        x += needs + kEntryGap;
    }
    return y + kLineHeight + 4;
}

void draw_x_axis(Svg& svg, const AxisScale& scale, const std::string& label,
                 const Rectangle& area) {
    double free_from = -std::numeric_limits<double>::infinity();
    for (const Tick& tick : scale.ticks()) {
        const double x = area.left + scale.place_of(tick.at) * area.width();
        svg.line({x, area.top}, {x, area.bottom + 3}, "grid");
        const double half = text_width(tick.label) / 2;
        // Labels at the ends are moved rather than cut.
        const double middle =
            std::clamp(x, std::min(half, x), std::max(area.right + 8 - half, half));
        if (middle - half >= free_from) {
            svg.text({middle, area.bottom + kLineHeight}, tick.label, Anchor::kMiddle);
            free_from = middle + half + kLabelGap;
        }
    }
    svg.text({(area.left + area.right) / 2, area.bottom + 2 * kLineHeight}, label, Anchor::kMiddle,
             "name");
}

double y_axis_width(const AxisScale& scale) {
    double width = 0;
    for (const Tick& tick : scale.ticks()) {
        width = std::max(width, text_width(tick.label));
    }
    return width + kLabelGap + 3;
}

void draw_y_axis(Svg& svg, const AxisScale& scale, const Rectangle& area) {
    double free_above = std::numeric_limits<double>::infinity();
    for (const Tick& tick : scale.ticks()) {
        const double y = area.bottom - scale.place_of(tick.at) * area.height();
        svg.line({area.left - 3, y}, {area.right, y}, "grid");
        if (y + kTextHeight / 2 <= free_above) {
            svg.text({area.left - kLabelGap, y + kTextHeight / 2}, tick.label, Anchor::kEnd);
            free_above = y - kTextHeight / 2 - 2;
        }
    }
}

RowLayout lay_out_rows(const std::vector<std::string>& names, double top, double width) {
    RowLayout layout;
    for (const std::string& name : names) {
        layout.names_width = std::max(layout.names_width, text_width(name));
    }
    layout.names_width = std::min(layout.names_width, kMostNames * width);
    layout.area = {layout.names_width + kNamesGap, top, width - kRightOfRows,
                   top + static_cast<double>(names.size()) * kRowHeight};
    return layout;
}

void draw_row_name(Svg& svg, const RowLayout& layout, std::size_t row, const std::string& name) {
    const std::string shown = fitting(name, layout.names_width);
    svg.begin_group({}, shown == name ? "" : name);
    svg.text({layout.names_width, layout.top_of(row) + kRowHeight / 2 + kTextHeight / 2}, shown,
             Anchor::kEnd);
    svg.end_group();
}

}  // namespace closet::bench
