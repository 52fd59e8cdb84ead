#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "live/flow/figures.h"

namespace closet {

/// The figures under stable names, see docs/live-figures.md: schema "smart-closet-live", version 1.
nlohmann::ordered_json to_json(const LiveFigures& figures);

/// The same as one line without its newline. Bytes of names that are no UTF-8 are replaced.
std::string json_line(const LiveFigures& figures);

}  // namespace closet
