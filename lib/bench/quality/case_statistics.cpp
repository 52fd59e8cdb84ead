#include "bench/quality/case_statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "bench/stats/bootstrap.h"
#include "bench/stats/samples.h"

namespace closet::bench {
namespace {

void add_part(std::vector<PartTime>& parts, const PartTime& part) {
    const auto known = std::find_if(parts.begin(), parts.end(),
                                    [&](const PartTime& p) { return p.name == part.name; });
    if (known == parts.end()) {
        parts.push_back(part);
        return;
    }
    known->total_s += part.total_s;
    known->calls += part.calls;
}

void add_stage(StageMetrics& sum, const StageMetrics& stage) {
    sum.busy_s += stage.busy_s;
    sum.cpu_s += stage.cpu_s;
    sum.wait_input_s += stage.wait_input_s;
    sum.wait_output_s += stage.wait_output_s;
    sum.items_in += stage.items_in;
    sum.items_out += stage.items_out;
    sum.peak_queue = std::max(sum.peak_queue, stage.peak_queue);
    for (const PartTime& part : stage.parts) {
        add_part(sum.parts, part);
    }
}

}  // namespace

Latency summarize_latency(std::span<const float> latency_ms) {
    if (latency_ms.empty()) {
        return {};
    }
    std::vector<double> sorted(latency_ms.begin(), latency_ms.end());
    std::sort(sorted.begin(), sorted.end());
    const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
    return {.min = sorted.front(),
            .mean = sum / static_cast<double>(sorted.size()),
            .p50 = quantile(sorted, 0.50),
            .p95 = quantile(sorted, 0.95),
            .p99 = quantile(sorted, 0.99),
            .max = sorted.back()};
}

std::vector<StageMetrics> sum_stages(std::span<const Sample> samples) {
    std::vector<StageMetrics> sums;
    for (const Sample& sample : samples) {
        if (!sample.counts()) {
            continue;
        }
        for (const StageMetrics& stage : sample.stages) {
            const auto known = std::find_if(sums.begin(), sums.end(), [&](const StageMetrics& s) {
                return s.name == stage.name;
            });
            if (known == sums.end()) {
                sums.push_back(stage);
            } else {
                add_stage(*known, stage);
            }
        }
    }
    return sums;
}

void fill_statistics(Case& measured, int cores, double level, std::uint64_t seed) {
    std::vector<double> frame_rates, inference_rates, p95s;
    std::vector<float> latencies;
    double wall_s = 0, cpu_s = 0;
    std::int64_t frames = 0, peak = 0;
    for (const Sample& sample : measured.samples) {
        if (!sample.counts() || !(sample.wall_s > 0)) {
            continue;
        }
        frame_rates.push_back(static_cast<double>(sample.work.frames_out) / sample.wall_s);
        if (sample.work.key_frames > 0) {
            inference_rates.push_back(static_cast<double>(sample.work.key_frames) / sample.wall_s);
        }
        latencies.insert(latencies.end(), sample.latency_ms.begin(), sample.latency_ms.end());
        if (const double p95 = summarize_latency(sample.latency_ms).p95; p95 > 0) {
            p95s.push_back(p95);
        }
        wall_s += sample.wall_s;
        cpu_s += sample.cpu_s;
        frames += sample.work.frames_out;
        peak = std::max(peak, sample.peak_memory_bytes);
    }
    if (frames == 0) {
        return;
    }
    const BootstrapOptions bootstrap{.level = level, .seed = seed};
    measured.frames_per_s = bootstrap_median(frame_rates, bootstrap);
    if (!inference_rates.empty()) {
        measured.inferences_per_s = bootstrap_median(inference_rates, bootstrap);
    }
    if (!latencies.empty()) {
        measured.latency = summarize_latency(latencies);
    }
    if (!p95s.empty()) {
        measured.latency_p95_ms = bootstrap_median(p95s, bootstrap);
    }
    measured.peak_memory_bytes = peak;
    measured.cpu_s_per_frame = cpu_s / static_cast<double>(frames);
    if (const auto stages = sum_stages(measured.samples); !stages.empty()) {
        measured.bottleneck =
            describe_bottleneck(stages, wall_s, cpu_s, static_cast<unsigned>(std::max(cores, 1)));
    }
}

}  // namespace closet::bench
