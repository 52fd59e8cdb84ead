#pragma once

#include <string>

#include "bench/result.h"

namespace closet::bench {

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
