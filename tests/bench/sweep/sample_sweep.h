#pragma once

#include <cstddef>
#include <string>

#include "bench/sweep/fake_clip.h"

namespace closet::bench::test {

/// A sweep of three cases in which every field is filled somewhere.
inline Sweep whole_sweep() {
    Sweep sweep;
    Context& context = sweep.context;
    context = {"2026-11-21T12:00:00Z",
               "host",
               "Linux 6",
               "Some CPU",
               "avx2",
               4,
               8'000'000'000,
               "performance",
               "Some GPU, driver 1",
               "0.1.0",
               "abcdef",
               "Release",
               "GNU 12",
               {{"torch", "2.13"}},
               {"closet", "bench", "--batch", "1,4"},
               {{"clip.mp4", std::string(64, 'a'), 1280, 720, 25, 3}},
               std::string(64, 'b'),
               {{"interval", "0.04"}},
               "inference to blending, frames in memory",
               7,
               {"this closet is a Debug build"}};
    sweep.axes = {"scale", "batch"};
    sweep.cases.resize(3);
    for (std::size_t i = 0; i < 3; ++i) {
        sweep.cases[i].settings = {{"scale", "0.5"}, {"batch", std::to_string(i + 1)}};
        sweep.cases[i].id = "scale=0.5,batch=" + std::to_string(i + 1);
    }
    Case& first = sweep.cases[0];
    first.stopped = StopReason::kNarrow;
    first.samples = {good_sample(0.5), good_sample(0.25), good_sample(0.25)};
    first.samples[0].warm_up = true;
    first.samples[0].stages = {
        {"infer", 0.1, 0.2, 0.01, 0.02, 3, 3, 2, 0.005, {{"network", 0.08, 3}}}};
    first.samples[0].gpu = GpuUse{0.1, 80, 70, 60, 1500, 1'000'000};
    first.samples[1].gpu = first.samples[0].gpu;
    first.samples[2].order = 5;
    first.samples[2].failure = "2 frames were given out";
    first.model_load_s = 0.75;
    first.frames_per_s = Estimate{12, 11.5, 12.5};
    first.inferences_per_s = Estimate{6, 5.5, 6.5};
    first.latency = Latency{10, 11, 11, 12, 12, 12};
    first.latency_p95_ms = Estimate{12, 11, 13};
    first.peak_memory_bytes = 100'000'000;
    first.cpu_s_per_frame = 0.125;
    first.bottleneck = "infer";
    Quality quality;
    quality.keypoint_error = {0.02, 0.01, 0.03};
    quality.pck = {0.95, 0.9, 1};
    quality.jitter = {0.002, 0.001, 0.003};
    quality.reference_jitter = {0.004, 0.003, 0.005};
    quality.missing = {0, 0, 0.125};
    quality.ssim = Estimate{0.97, 0.96, 0.98};
    quality.psnr_db = Estimate{38.5, 38, 39};
    quality.lpips = Estimate{0.05, 0.04, 0.06};
    quality.oks = Estimate{0.8, 0.7, 0.9};
    quality.frame_errors = {{.error = {0.02, 0, 0.031}, .joints = {12, 0, 17}}};
    first.quality = quality;
    sweep.cases[1].stopped = StopReason::kBudget;
    sweep.cases[1].samples = {good_sample(0.5)};
    sweep.cases[2].stopped = StopReason::kFailed;
    sweep.cases[2].failure = "no model x";
    return sweep;
}

}  // namespace closet::bench::test
