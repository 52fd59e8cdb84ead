#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "bench/result.h"

namespace closet::bench {

// Note [JSON Lines]
// The first line is {"type": "context", "schema": ..., "version": ..., "axes": ..., "context":
// ...}. A pass leaves {"type": "sample", "id": ..., "settings": ..., "model_load_s": ..., "sample":
// ...} as soon as it is done, a case {"type": "case", "case": ...} with all of its samples. Lines
// of other types are passed over.

/// The lines, each with its line break.
std::string context_line(const Sweep& sweep);
std::string sample_line(const Case& measured);  ///< of its last sample
std::string case_line(const Case& measured);

/// Whether the text begins with a context line.
bool is_json_lines(std::string_view text);

/// Throws Error naming `where` and the line. A last line without line break that cannot be read was
/// torn and is passed over.
Sweep parse_json_lines(std::string_view text, const std::string& where);

/// Parses one JSON value whose nesting is bounded. Throws Error naming `where`.
nlohmann::json parse_json(std::string_view text, const std::string& where);

}  // namespace closet::bench
