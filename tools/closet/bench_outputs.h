#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/compare/verdict.h"
#include "bench/result.h"
#include "bench/sweep/clock.h"
#include "bench/sweep/outputs.h"

namespace closet {

/// How a sweep is written: "table", "md", "csv", "json", "jsonl", "html", and the formats of
/// github-action-benchmark and bencher.
const std::vector<std::string>& bench_formats();

/// The sweep in one of them.
std::string bench_text(const std::string& format, const bench::Sweep& sweep,
                       const bench::Constraints& constraints, double level);

/// The file of an output, which is given as FILE or FORMAT:FILE.
std::string bench_output_path(const std::string& text);

/// A file that follows the sweep: FILE, whose ending tells the format, or FORMAT:FILE. Throws
/// ConfigError for a format that is none, Error where the file cannot be written. `clock` must
/// outlive it.
std::unique_ptr<bench::SweepSink> make_bench_output(const std::string& text,
                                                    const bench::Constraints& constraints,
                                                    double level, const bench::Clock& clock);

}  // namespace closet
