#include <array>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include "bench/report/plot.h"

namespace closet::bench {
namespace {

using Colours = std::array<std::string_view, kLooks>;

/// Hues after M. Okabe and K. Ito, "Color Universal Design" (2008), which the colour-blind tell
/// apart; made darker or lighter until each has a contrast of 4.5 with its ground
/// (WCAG 2.2, 1.4.3).
constexpr Colours kOnLight{"#0b62a3", "#b34700", "#00735a", "#a02c76",
                           "#6b5b00", "#5a3fb5", "#0a6b80", "#b3261e"};
constexpr Colours kOnDark{"#6cb6ff", "#ff9a57", "#4fd6ac", "#f08cc8",
                          "#e3cf57", "#b9a3ff", "#5fd0e6", "#ff8a80"};

}  // namespace

std::string plot_style(bool dark) {
    std::string style = fmt::format(
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
    const Colours& colours = dark ? kOnDark : kOnLight;
    for (std::size_t i = 0; i < colours.size(); ++i) {
        style += fmt::format(".plot .look{}{{color:{}}}", i, colours[i]);
    }
    return style;
}

}  // namespace closet::bench
