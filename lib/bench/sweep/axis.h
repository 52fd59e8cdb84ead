#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/sweep/value_list.h"

namespace closet::bench {

/// A setting that can be swept. It is data only: a case's settings are handed to the option parser
/// of `closet fit` as --name value, so that ranges and defaults have one home.
struct AxisInfo {
    std::string_view name;  ///< long option of `closet fit` without dashes
    ValueKind kind;
    std::string_view description;  ///< one line for the help
    std::string_view reference;    ///< the list of the reference system's sweep; empty: not swept
    bool reloads;                  ///< another value needs networks loaded anew
};

/// All of them, in the order in which help and tables show them. To add one, add an entry.
std::span<const AxisInfo> all_axes();

/// Null for a name that is none.
const AxisInfo* find_axis(std::string_view name);

/// An axis of one sweep.
struct Axis {
    std::string name;
    std::vector<std::string> values;  ///< as the command line takes them; at least one
};

/// Throws ConfigError for an unknown name or a list that cannot be read.
Axis parse_axis(std::string_view name, std::string_view list);

}  // namespace closet::bench
