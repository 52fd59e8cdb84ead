#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/graph/network_graph.h"

namespace closet {

/// Ranges of values by their keys (value_keys), of any number of networks.
using RangeTable = std::map<std::uint64_t, ValueRange>;

/// A line a range, in the order of the keys: the key (16 hex digits), low, high, and where channels
/// are known two words of two hex digits n a channel: its largest magnitude is m = 2^(-n / 16) of
/// that of low and high, rounded up; its mean is (n - 128) / 127 m.
std::string to_text(const RangeTable& table);

/// Reads such a text; lines that begin with # are comments. `origin`: its name. Throws ModelError
/// with the line where it is anything else, or has a key twice.
RangeTable parse_ranges(std::string_view text, const std::string& origin);

/// What the table knows of a graph's values; of others nothing.
std::vector<ValueRange> ranges_of(const NetworkGraph& graph, const RangeTable& table);

}  // namespace closet
