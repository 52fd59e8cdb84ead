#pragma once

#include <optional>
#include <string>
#include <vector>

#include "interpolate/person.h"

namespace closet::flags {
inline constexpr const char* kInputs = "--inputs";
inline constexpr const char* kLooks = "--looks";
}  // namespace closet::flags

namespace closet {

/// What is said of one clip alone.
struct Look {
    std::string source;                  ///< "looks.csv line 7"; empty: the command line's look
    std::vector<std::string> garments;   ///< each as -g takes it; empty: the command line's
    std::optional<PersonRule> person{};  ///< nothing: the command line's
};

/// A row of --looks.
struct LookRow {
    std::string input;   ///< as the command line takes it
    std::string output;  ///< file or folder; empty: the command line's
    Look look;
};

/// The inputs of a list: a path, folder or URL a line; empty lines and those that begin with `#`
/// are skipped. Relative paths begin in the folder of the list, or in the current one where the
/// list is no regular file or "-", standard input. Throws ConfigError, with the line, for a list
/// that cannot be read or names nothing.
std::vector<std::string> read_clip_list(const std::string& path);

/// The rows of a table of looks: CSV (parse_csv), whose first line names the columns: `input`, and
/// any of `garment` (several separated by ";"), `person` and `output`. Paths are as in
/// read_clip_list. Throws ConfigError, with the line, for a table that cannot be read, other
/// columns, a row without input, a garment that is not there and a person that --person would not
/// take.
std::vector<LookRow> read_looks(const std::string& path);

}  // namespace closet
