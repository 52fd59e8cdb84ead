#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "live/statistics.h"

namespace closet {

/// The table on exit, several lines with a newline after each; beside the figures those of the
/// reference system (design.md, section 6) where it has them.
std::string figures_table(const LiveStatistics& figures);

/// Short lines for the window, a tab between label and value.
std::vector<std::string> statistics_lines(const LiveStatistics& figures);

/// The figures under stable names, see docs/live-figures.md: schema "smart-closet-live", version 1.
nlohmann::ordered_json to_json(const LiveStatistics& figures);

/// The same as one line without its newline. Bytes of names that are no UTF-8 are replaced.
std::string json_line(const LiveStatistics& figures);

}  // namespace closet
