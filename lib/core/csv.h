#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace closet {

/// One record of a table.
struct CsvRow {
    std::size_t line = 0;             ///< of the text, from 1, on which it begins
    std::vector<std::string> fields;  ///< unquoted
};

/// Reads comma-separated values as RFC 4180 has them: fields in double quotes may hold commas, line
/// breaks and doubled quotes. Lines may end with LF alone; empty ones are skipped. Every row has as
/// many fields as the first one. `name`: what messages call the text. Throws ConfigError, with the
/// line, for anything else.
std::vector<CsvRow> parse_csv(std::string_view text, std::string_view name);

}  // namespace closet
