#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace closet::bench {

/// The order in which unfinished cases are measured in each round, so that drift of the machine
/// spreads over all of them. The same seed gives the same orders on every platform.
class Schedule {
  public:
    explicit Schedule(std::uint64_t seed) : bits_(seed) {}

    /// `cases` in a random order; each permutation is equally likely.
    std::vector<std::size_t> round(std::vector<std::size_t> cases);

  private:
    std::uint64_t below(std::uint64_t bound);

    std::mt19937_64 bits_;  ///< its numbers are fixed by the standard, unlike those of std::shuffle
};

}  // namespace closet::bench
