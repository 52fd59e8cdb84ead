#pragma once

#include <cstdint>
#include <span>

#include "bench/result/result.h"

namespace closet::bench {

/// What latencies of frames (milliseconds, any order) come to. All 0 without any.
Latency summarize_latency(std::span<const float> latency_ms);

/// Fills the figures of a case from its samples that count: rates as medians with intervals, the
/// latency of all their frames together, the largest memory, the mean processor time a frame, and
/// what binds throughput, from their stages together. Leaves a case without such samples as it is.
void fill_statistics(Case& measured, int cores, double level = 0.95, std::uint64_t seed = 1);

/// The stages of all samples that count, their times and counts added up.
std::vector<StageMetrics> sum_stages(std::span<const Sample> samples);

}  // namespace closet::bench
