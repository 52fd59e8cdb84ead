#include "bench/report/plot_area.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace closet::bench {
namespace {

constexpr double kKeyWidth = 16;  ///< of the marker or field in front of a legend's name
constexpr double kEntryGap = 10;
constexpr double kLabelGap = 5;

}  // namespace

std::string look_class(int look) {
    return look < 0 ? "muted" : fmt::format("look{}", look % kLooks);
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
        svg.begin_group(look_class(entry.look), name == entry.name ? "" : entry.name);
        const Spot middle{x + 6, y + kLineHeight / 2};
        if (entry.letter.empty()) {
            svg.path(marker_path(entry.look, middle), "marker");
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

}  // namespace closet::bench
