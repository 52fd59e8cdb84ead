#include "bench/report/row_names.h"

#include <algorithm>

namespace closet::bench {
namespace {

constexpr double kMostNames = 0.45;  ///< of the width
constexpr double kNamesGap = 8;
constexpr double kRightMargin = 14;

}  // namespace

RowLayout lay_out_rows(const std::vector<std::string>& names, double top, double width) {
    RowLayout layout;
    for (const std::string& name : names) {
        layout.names_width = std::max(layout.names_width, text_width(name));
    }
    layout.names_width = std::min(layout.names_width, kMostNames * width);
    layout.area = {layout.names_width + kNamesGap, top, width - kRightMargin,
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
