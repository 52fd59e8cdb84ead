#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bench/compare/ranking.h"
#include "bench/result/result.h"

namespace closet::bench {

/// What one column says of one case.
struct Cell {
    std::string text;                ///< for people: rounded, with its interval; empty for nothing
    std::optional<Estimate> number;  ///< unrounded, in the unit of the column's name; for programs
};

/// One thing that is told of every case.
struct Column {
    std::string name;           ///< for programs: "frames_per_s", "latency_ms.p95", "batch"
    std::string heading;        ///< for people, with the unit: "p95 ms"
    std::string description;    ///< one line
    bool is_number = false;     ///< set flush right
    bool is_setting = false;    ///< of a swept axis
    bool is_detail = false;     ///< not in the short table of a terminal or a README
    bool has_interval = false;  ///< some case has one
    std::vector<Cell> cells{};  ///< one a case, in the sweep's order
};

/// Note [Columns of results]
/// The terminal's table, Markdown, CSV and the page all show these. Settings appear where cases
/// differ in them, figures where some case has them. To add a figure, add a metric
/// (bench/result/metric.h). The first column is "case", the case's id.
///
/// `verdict` may be null: then the marks of the verdict (best, cheapest, Pareto) are left out.
std::vector<Column> columns_of(const Sweep& sweep, const Ranking* ranking);

/// What each clip by itself says of every case, after the case's id: frames a second, and the
/// keypoint error where it is known. Nothing for a sweep of one clip, of which all figures are.
std::vector<Column> clip_columns_of(const Sweep& sweep);

/// Without the columns that are details.
std::vector<Column> short_columns_of(const Sweep& sweep, const Ranking* ranking);

/// How the case stands: "best" (cannot be told from the fastest), "cheapest", "frontier",
/// "dominated", "undecided", "excluded".
std::vector<std::string> marks_of(const Case& measured, const Ranking& ranking);

/// Whether the case has no figures, and why: "failed: ..." or "no figures"; else empty.
std::string failure_of(const Case& measured);

}  // namespace closet::bench
