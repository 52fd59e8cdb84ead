#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "bench/result.h"

namespace closet::bench {

/// A figure of a case that alerts, constraints and adapters name.
struct Metric {
    std::string_view name;  ///< "latency_ms.p95"
    std::string_view unit;  ///< empty for a plain number
    std::string_view description;
    bool higher_is_better;
    /// Nothing where the case has no such figure; low == high == value where no interval is known.
    std::optional<Estimate> (*of)(const Case&);
};

/// All of them, in the order in which help shows them. To add one, add an entry.
std::span<const Metric> all_metrics();

/// Null for a name that is none.
const Metric* find_metric(std::string_view name);

}  // namespace closet::bench
