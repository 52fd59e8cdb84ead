#include "bench/plot/svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "bench/plot/plot.h"
#include "bench/text/shown_text.h"

namespace closet::bench {
namespace {

constexpr double kFontSize = 11;

using Colors = std::array<std::string_view, kStyles>;

/// Hues after M. Okabe and K. Ito, "Color Universal Design" (2008), which the color-blind tell
/// apart; made darker or lighter until each has a contrast of 4.5 with its ground
/// (WCAG 2.2, 1.4.3).
constexpr Colors kOnLight{"#0b62a3", "#b34700", "#00735a", "#a02c76",
                          "#6b5b00", "#5a3fb5", "#0a6b80", "#b3261e"};
constexpr Colors kOnDark{"#6cb6ff", "#ff9a57", "#4fd6ac", "#f08cc8",
                         "#e3cf57", "#b9a3ff", "#5fd0e6", "#ff8a80"};

/// Widths in ems of DejaVu Sans, which is the widest of the fonts that systems have for
/// "sans-serif", rounded up by class.
double character_width(char c) {
    constexpr std::string_view kNarrow = " .,:;|!'()[]ijltfrI-/";
    constexpr std::string_view kWide = "mwMWQO@%=+<>#";
    return kNarrow.find(c) != std::string_view::npos ? 0.42
           : kWide.find(c) != std::string_view::npos ? 0.99
           : c >= 'A' && c <= 'Z'                    ? 0.72
                                                     : 0.64;
}

std::string class_attribute(std::string_view classes) {
    return classes.empty() ? std::string() : fmt::format(" class=\"{}\"", classes);
}

std::string tooltip_element(std::string_view tooltip) {
    return tooltip.empty() ? std::string() : fmt::format("<title>{}</title>", escape_xml(tooltip));
}

}  // namespace

double text_width(std::string_view text) {
    constexpr double kOther = 0.84;  // per column of a terminal: "±" and the like
    double ems = 0;
    for (const char c : text) {
        const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
        ems += is_ascii ? character_width(c) : 0;
    }
    const auto ascii = static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
    return kFontSize * (ems + kOther * static_cast<double>(display_width(text) - ascii));
}

std::string fitting(std::string_view text, double width) {
    constexpr double kLeastColumn = 0.42 * kFontSize;
    auto columns = static_cast<std::size_t>(std::max(width, 0.0) / kLeastColumn);
    std::string shown = shorten(text, columns);
    while (text_width(shown) > width && columns > 0) {
        shown = shorten(text, --columns);
    }
    return shown;
}

std::string coordinate(double value) {
    const double rounded = std::round(value * 10) / 10;
    return fmt::format("{}", rounded == 0 ? 0.0 : rounded);
}

void Svg::line(Spot from, Spot to, std::string_view classes) {
    elements_ +=
        fmt::format("<path{} d=\"M{} {}L{} {}\"/>", class_attribute(classes), coordinate(from.x),
                    coordinate(from.y), coordinate(to.x), coordinate(to.y));
}

void Svg::path(std::string_view data, std::string_view classes) {
    elements_ += fmt::format("<path{} d=\"{}\"/>", class_attribute(classes), data);
}

void Svg::rectangle(const Rectangle& where, std::string_view classes) {
    elements_ +=
        fmt::format("<rect{} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                    class_attribute(classes), coordinate(where.left), coordinate(where.top),
                    coordinate(where.width()), coordinate(where.height()));
}

void Svg::text(Spot where, std::string_view text, Anchor anchor, std::string_view classes) {
    const std::string_view side = anchor == Anchor::kStart    ? ""
                                  : anchor == Anchor::kMiddle ? " text-anchor=\"middle\""
                                                              : " text-anchor=\"end\"";
    elements_ += fmt::format("<text{}{} x=\"{}\" y=\"{}\">{}</text>", class_attribute(classes),
                             side, coordinate(where.x), coordinate(where.y), escape_xml(text));
}

void Svg::begin_group(std::string_view classes, std::string_view tooltip) {
    elements_ += fmt::format("<g{}>{}", class_attribute(classes), tooltip_element(tooltip));
}

void Svg::end_group() {
    elements_ += "</g>\n";
}

std::string marker_path(int style, Spot where) {
    // Circle, square, triangle, diamond, cross, triangle down, bar, x: told apart without color.
    static constexpr std::array<std::string_view, kStyles> kMarkers{
        "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
        "m-3-3h6v6h-6z",
        "m0-4l4 7h-8z",
        "m0-4.5l4.5 4.5l-4.5 4.5l-4.5-4.5z",
        "m-1.2-4h2.4v2.8h2.8v2.4h-2.8v2.8h-2.4v-2.8h-2.8v-2.4h2.8z",
        "m0 4l4-7h-8z",
        "m-4-1.6h8v3.2h-8z",
        "m-3.8-2.2l1.6-1.6l2.2 2.2l2.2-2.2l1.6 1.6l-2.2 2.2l2.2 2.2l-1.6 1.6l-2.2-2.2l-2.2 "
        "2.2l-1.6-1.6l2.2-2.2z"};
    constexpr std::string_view kMuted = "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0z";
    const std::string_view shape =
        style < 0 ? kMuted : kMarkers[static_cast<std::size_t>(style) % kMarkers.size()];
    return fmt::format("M{} {}{}", coordinate(where.x), coordinate(where.y), shape);
}

std::string plot_css(bool dark) {
    std::string css = fmt::format(
        ".plot{{font:11px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}}"
        ".plot text{{fill:{ink}}}.plot .name{{font-weight:600}}"
        ".plot .title{{font-size:15px;font-weight:600}}"
        ".plot .grid{{stroke:{grid};fill:none}}"
        ".plot .line{{stroke:currentColor;fill:none;stroke-width:1.5;stroke-linejoin:round}}"
        ".plot .bar{{stroke:currentColor;fill:none;stroke-width:1.2}}"
        ".plot .unknown{{stroke:currentColor;fill:none;stroke-dasharray:2 3}}"
        ".plot .marker,.plot .field{{fill:currentColor;stroke:{ground};stroke-width:.6}}"
        ".plot .range{{stroke:currentColor;stroke-width:1;fill:none}}"
        ".plot .half{{fill:currentColor;opacity:.55}}"
        ".plot .inside{{fill:{ground};font-size:9px;font-weight:600}}"
        ".plot .muted{{color:{muted}}}.plot .ground{{fill:{ground}}}",
        fmt::arg("ink", dark ? "#d8dee6" : "#24292f"),
        fmt::arg("grid", dark ? "#39414c" : "#dde1e6"),
        fmt::arg("ground", dark ? "#14181d" : "#ffffff"),
        fmt::arg("muted", dark ? "#8d98a5" : "#6a737d"));
    const Colors& colors = dark ? kOnDark : kOnLight;
    for (std::size_t i = 0; i < colors.size(); ++i) {
        css += fmt::format(".plot .look{}{{color:{}}}", i, colors[i]);
    }
    return css;
}

std::string to_svg(const Drawing& drawing, const std::string& title, const std::string& description,
                   const std::string& css) {
    const bool is_file = !css.empty();
    // A file stands by itself: it needs a margin, and its title in sight.
    constexpr double kMargin = 14, kTitle = 24;
    const double around = is_file ? kMargin : 0, above = is_file ? kMargin + kTitle : 0;
    const double width = drawing.width + 2 * around, height = drawing.height + around + above;
    std::string text = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" aria-label=\"{}\" "
        "viewBox=\"{} {} {} {}\"",
        escape_xml(title), coordinate(-around), coordinate(-above), coordinate(width),
        coordinate(height));
    if (is_file) {
        text += fmt::format(" width=\"{}\" height=\"{}\"", coordinate(width), coordinate(height));
    }
    text += fmt::format("><desc>{}</desc>\n", escape_xml(description));
    if (is_file) {
        Svg ground;
        ground.rectangle({-around, -above, width - around, height - above}, "ground");
        ground.text({0, kMargin - kTitle}, title, Anchor::kStart, "title");
        text += "<style>" + css + "</style>\n" + ground.take() + "\n";
    }
    return text + drawing.elements + "</svg>\n";
}

}  // namespace closet::bench
