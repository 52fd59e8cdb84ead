#pragma once

#include <string>
#include <vector>

#include "live/flow/figures.h"

namespace closet {

/// The table on exit, several lines with a newline after each; beside the figures those of the
/// reference system (design.md, section 6) where it has them.
std::string figures_table(const LiveFigures& figures);

/// Short lines for the window, a tab between label and value.
std::vector<std::string> statistics_lines(const LiveFigures& figures);

}  // namespace closet
