#include "bench/sweep/schedule.h"

#include <limits>
#include <utility>

namespace closet::bench {

std::vector<std::size_t> Schedule::round(std::vector<std::size_t> cases) {
    // Fisher and Yates, from the back.
    for (std::size_t left = cases.size(); left > 1; --left) {
        std::swap(cases[left - 1], cases[static_cast<std::size_t>(below(left))]);
    }
    return cases;
}

std::uint64_t Schedule::below(std::uint64_t bound) {
    // Numbers above the last whole multiple of the bound would favour small results.
    const std::uint64_t whole = std::numeric_limits<std::uint64_t>::max() / bound * bound;
    std::uint64_t number = bits_();
    while (number >= whole) {
        number = bits_();
    }
    return number % bound;
}

}  // namespace closet::bench
