#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace closet::removal {

/// The value below which `share` (0..1) of some lie, at least one; their order is lost.
inline double percentile(std::vector<float>& values, double share) {
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return static_cast<double>(values[static_cast<std::size_t>(at)]);
}

}  // namespace closet::removal
