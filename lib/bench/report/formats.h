#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/compare/ranking.h"
#include "bench/result/result.h"
#include "bench/sweep/outputs.h"

namespace closet::flags {
inline constexpr const char* kOut = "--out";
}  // namespace closet::flags

namespace closet::bench {

/// How a sweep is written: "table", "md", "csv", "json", "jsonl", "html", and the formats of
/// github-action-benchmark and bencher.
const std::vector<std::string>& result_formats();

/// The sweep in one of them, whole, as UTF-8. `level`: confidence of the verdict, 0..1.
std::string sweep_text(const std::string& format, const Sweep& sweep,
                       const Constraints& constraints, double level);

/// The file of an output, which is given as FILE or FORMAT:FILE.
std::string output_path(const std::string& text);

/// A file that follows the sweep: FILE, whose ending tells the format, or FORMAT:FILE. Throws
/// ConfigError for a format that is none, Error where the file cannot be written. `clock` must
/// outlive it.
std::unique_ptr<SweepSink> make_output(const std::string& text, const Constraints& constraints,
                                       double level, const Clock& clock);

}  // namespace closet::bench
