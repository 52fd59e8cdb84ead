#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace closet::bench {

/// Most values that one axis may have.
inline constexpr std::size_t kMaximumValues = 1000;

/// What the values of an axis are.
enum class ValueKind {
    kInteger,  ///< 1,2,4-8 and 1-64*2
    kNumber,   ///< the same with decimals: 0.3-1.0+0.1
    kName      ///< split at commas only, so that names may hold dashes: rtmpose-s,rtmpose-m
};

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
