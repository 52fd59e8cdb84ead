#pragma once

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/quality/case_statistics.h"
#include "bench/result/result.h"

namespace closet::test {

/// A case measured `samples` times at about `frames_per_s`, with noise of `noise` (a fraction).
inline bench::Case measured_case(std::string id, std::vector<bench::Setting> settings,
                                 double frames_per_s, double noise, unsigned seed,
                                 int samples = 10) {
    std::mt19937 bits(seed);
    bench::Case measured;
    measured.id = std::move(id);
    measured.settings = std::move(settings);
    for (int i = 0; i < samples; ++i) {
        // The sum of 12 uniform numbers: normal enough, and the same on every platform.
        double normal = -6;
        for (int k = 0; k < 12; ++k) {
            normal += static_cast<double>(bits()) / 4294967296.0;
        }
        bench::Sample sample;
        sample.work.frames_in = sample.work.frames_out = 100;
        sample.work.key_frames = 25;
        sample.wall_s = 100 / frames_per_s * std::exp(noise * normal);
        sample.cpu_s = sample.wall_s;
        sample.latency_ms = {20, 30};
        sample.peak_memory_bytes = 100'000'000;
        measured.samples.push_back(std::move(sample));
    }
    bench::fill_statistics(measured, 2);
    return measured;
}

inline bench::Estimate about(double value, double half_width) {
    return {value, value - half_width, value + half_width, 0.95};
}

inline void give_quality(bench::Case& measured, double error, double pck = 0.99) {
    bench::Quality quality;
    quality.keypoint_error = about(error, 0.001);
    quality.pck = about(pck, 0.002);
    measured.quality = quality;
}

}  // namespace closet::test
