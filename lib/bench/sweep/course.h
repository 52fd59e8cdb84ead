#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "bench/sweep/stopping.h"

namespace closet::bench {

/// A case while it is measured.
struct Course {
    std::size_t index = 0;  ///< of the case in the sweep
    std::unique_ptr<StoppingCriterion> criterion;
    std::optional<Work> reference{};  ///< of its first good pass
    std::size_t turns = 0;            ///< measured passes, failures too
    std::size_t good = 0;             ///< samples that count
    int failures = 0;
    double spent_s = 0;              ///< on the clock, all passes and loads
    std::optional<double> pass_s{};  ///< the shortest so far: one without a load
};

/// Seconds that the courses take if each ends with its repeat number `min_repeats`, or with its
/// next one. Those that had no pass yet count as the mean of the others.
double expected_time(std::span<const Course> courses, int min_repeats);

}  // namespace closet::bench
