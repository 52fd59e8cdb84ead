#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "bench/sweep/stopping.h"

namespace closet::bench {

/// A case while it is measured.
struct CaseRun {
    std::size_t index = 0;  ///< of the case in the sweep
    std::unique_ptr<StoppingCriterion> criterion;
    std::optional<Work> reference{};  ///< of its first good pass
    std::size_t turns = 0;            ///< measured passes, failures too
    std::size_t good = 0;             ///< samples that count
    int failures = 0;
    double spent_s = 0;              ///< on the clock, all passes and loads
    std::optional<double> pass_s{};  ///< the shortest so far: one without a load
};

/// Seconds that the runs take if each ends with its repeat number `min_repeats`, or with its
/// next one. Those that had no pass yet count as the mean of the others.
double expected_time(std::span<const CaseRun> runs, int min_repeats);

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

/// The order in which unfinished cases are measured in each round, so that drift of the machine
/// spreads over all of them. The same seed gives the same orders on every platform.
class Schedule {
  public:
    /// `seed` is recorded with the result: the orders of a sweep follow from it.
    explicit Schedule(std::uint64_t seed) : bits_(seed) {}

    /// `cases` in a random order; each permutation is equally likely.
    std::vector<std::size_t> round(std::vector<std::size_t> cases);

  private:
    std::uint64_t below(std::uint64_t bound);

    std::mt19937_64 bits_;  ///< its numbers are fixed by the standard, unlike those of std::shuffle
};

}  // namespace closet::bench
