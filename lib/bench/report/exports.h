#pragma once

#include <string>

#include "bench/result/result.h"

namespace closet::bench {

/// All columns as RFC 4180: a header line, a line for each case, lines end with CR LF. Numbers are
/// unrounded; a figure with an interval is followed by its bounds as <name>.low and <name>.high;
/// what is not known or not finite is empty. Texts that a spreadsheet would take for a formula are
/// begun with an apostrophe (OWASP, "CSV Injection").
std::string csv(const Sweep& sweep);

/// Frames a second of each case for github-action-benchmark's tool "customBiggerIsBetter": an
/// array of {name, unit, value, range, extra}, see
/// https://github.com/benchmark-action/github-action-benchmark. Cases without figures are left out,
/// as a 0 would be drawn as a measurement.
std::string github_action_benchmark_json(const Sweep& sweep);

/// Cases in the Bencher Metric Format, {"case": {"throughput": {value, lower_value, upper_value}}},
/// see https://bencher.dev/docs/reference/bencher-metric-format. Built-in measures keep their
/// units: throughput in operations (frames) a second, latency in ns. Cases without figures are
/// left out.
std::string bencher_json(const Sweep& sweep);

}  // namespace closet::bench
