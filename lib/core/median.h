#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace closet {

/// The upper median of values in any order, of which there is at least one.
template <typename T>
T upper_median(std::vector<T> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace closet
