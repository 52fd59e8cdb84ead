#include "bench/probe/sample_meter.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace closet::bench {

FitTaps SampleMeter::taps() {
    FitTaps taps;
    taps.frame_in = [this](const Frame& frame) { begin(frame); };
    taps.posed = [this](const PosedFrame& frame) { digest_.add(frame.poses); };
    taps.frame_out = [this](const Frame& frame) { end(frame); };
    return taps;
}

void SampleMeter::begin(const Frame&) {
    const std::lock_guard lock(mutex_);
    begun_.push_back(Clock::now());  // frames are numbered from 0 without gaps
}

void SampleMeter::end(const Frame& frame) {
    const Clock::time_point now = Clock::now();
    const std::lock_guard lock(mutex_);
    const auto begun = begun_.at(static_cast<std::size_t>(frame.index));
    latency_ms_.push_back(std::chrono::duration<float, std::milli>(now - begun).count());
}

Sample SampleMeter::sample(const FitReport& report) const {
    Sample sample;
    sample.wall_s = report.stream_s;
    sample.cpu_s = report.stream_cpu_s;
    sample.first_batch_s = report.first_frame_s;
    sample.work = {.frames_in = report.frames_in,
                   .frames_out = report.frames_out,
                   .key_frames = report.inference.views,
                   .poses = report.frames_out - report.poses.missing,
                   .poses_digest = digest_.hex()};
    sample.latency_ms = latency_ms_;
    sample.stages = report.stages;
    if (report.interrupted) {
        sample.failure = "the pass was interrupted";
    }
    return sample;
}

bool reset_peak_memory() {
    std::ofstream file("/proc/self/clear_refs");
    file << '5';
    return static_cast<bool>(file.flush());
}

std::int64_t peak_resident_bytes() {
    constexpr std::string_view kPeak = "VmHWM:";  // proc(5), in kB
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(kPeak)) {
            return std::strtoll(line.c_str() + kPeak.size(), nullptr, 10) * 1024;
        }
    }
    return 0;
}

}  // namespace closet::bench
