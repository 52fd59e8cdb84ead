#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/result/result.h"

namespace closet::bench {

/// Most values that one axis may have.
inline constexpr std::size_t kMaximumValues = 1000;

/// What the values of an axis are.
enum class ValueKind {
    kInteger,  ///< 1,2,4-8 and 1-64*2
    kNumber,   ///< the same with decimals: 0.3-1.0+0.1
    kName      ///< split at commas only, so that names may hold dashes: rtmpose-s,rtmpose-m
};

/// A setting that can be swept, and all that `closet bench` knows of it. A case's settings are
/// handed to the option parser of `closet fit` as --name value, so that ranges and defaults have
/// one home.
struct AxisInfo {
    std::string_view name;  ///< long option of `closet fit` without dashes
    ValueKind kind;
    std::string_view description;  ///< one line for the help
    bool reloads = false;          ///< another value needs networks loaded anew
    std::string_view overrides{};  ///< the axis that has no effect where this one is set
    /// With which quality's reference is played; empty: the default.
    std::string_view most_careful{};
    /// What the system that this one succeeds swept; empty: nothing.
    std::string_view published_list{};
    /// What that system called optimal, after one sample of each value; as shortest_number.
    std::string_view published_optimum{};
};

/// All of them, in the order in which help and tables show them. To add one, add an entry: lists,
/// cases, tables, plots and the reference of quality follow.
std::span<const AxisInfo> all_axes();

/// Null for a name that is none.
const AxisInfo* find_axis(std::string_view name);

/// The most careful value of every axis that has one: what costs time is at its best.
std::vector<Setting> most_careful_settings();

/// An axis of one sweep.
struct Axis {
    std::string name;
    std::vector<std::string> values;  ///< as the command line takes them; at least one
};

/// Throws ConfigError for an unknown name or a list that cannot be read.
Axis parse_axis(std::string_view name, std::string_view list);

/// Expands a list as it follows a flag: values parted by commas, for numbers also ranges `a-b` (by
/// 1, integers only), `a-b+step` and `a-b*factor`, ends included where the steps reach them.
/// Numbers are plain decimals, not negative, computed exactly: 0.3-1.0+0.1 is 0.3, 0.4 ... 1.0, all
/// with the decimals of the range's finest part. The order is the list's; a value that is there
/// already, 1.0 after 1 as well, is left out. Throws ConfigError naming `flag` ("--batch").
std::vector<std::string> parse_values(std::string_view flag, std::string_view text, ValueKind kind);

/// The shortest writing of a plain decimal: "1.0" and "01" become "1", ".50" becomes "0.5". Any
/// other text comes back as it is.
std::string shortest_number(std::string_view text);

}  // namespace closet::bench
