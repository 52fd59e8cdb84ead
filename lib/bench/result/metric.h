#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "bench/result/result.h"

namespace closet::bench {

/// A figure of a case: what alerts name and what tables, CSV and the page have as a column.
struct Metric {
    /// How tables show it.
    struct Column {
        std::string_view heading;  ///< with the unit: "p95 ms"; empty: no table has it
        double scale = 1;          ///< to the heading's unit
        bool is_detail = false;    ///< not in the short table of a terminal or a README
    };

    std::string_view name;  ///< "latency_ms.p95"
    std::string_view unit;  ///< empty for a plain number
    std::string_view description;
    /// Nothing where the case has no such figure; low == high == value where no interval is known.
    std::optional<Estimate> (*of)(const Case&);
    Column column{};
};

/// All of them, in the order in which help and tables show them. To add one, add an entry.
std::span<const Metric> all_metrics();

/// Null for a name that is none.
const Metric* find_metric(std::string_view name);

}  // namespace closet::bench
