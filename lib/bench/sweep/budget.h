#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace closet::bench {

/// What an unfinished case has had of the budget, and what its next pass will take.
struct Claim {
    std::size_t index = 0;         ///< of the case
    double spent_s = 0;            ///< warm-ups and loads included
    std::optional<double> pass_s;  ///< unknown before its first pass
};

/// The cases that may have a pass in the next round, by index, so that in the end all have had the
/// same time. A case may go on while its total stays below the level to which `remaining_s` would
/// lift those that have had least; where no case's next pass fits below that level, the one that
/// has had least goes on if it fits at all. Empty: the budget is used up.
std::vector<std::size_t> share_budget(std::span<const Claim> claims, double remaining_s);

}  // namespace closet::bench
