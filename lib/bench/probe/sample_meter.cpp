#include "bench/probe/sample_meter.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "bench/quality/case_statistics.h"

namespace closet::bench {
namespace {

/// Figures of a GPU that are means over the time that was measured.
constexpr double GpuUse::*kMeans[] = {&GpuUse::utilisation_percent, &GpuUse::power_w,
                                      &GpuUse::temperature_c, &GpuUse::clock_mhz};

/// Adds what a clip of `wall_s` used; means are left to be divided by the whole time.
void add_use(GpuUse& sum, const GpuUse& clip, double wall_s) {
    sum.device_time_s += clip.device_time_s;
    sum.peak_memory_bytes = std::max(sum.peak_memory_bytes, clip.peak_memory_bytes);
    for (double GpuUse::*mean : kMeans) {
        sum.*mean += clip.*mean * wall_s;
    }
}

}  // namespace

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

std::string join_digests(std::span<const std::string> digests) {
    if (digests.size() == 1) {
        return digests.front();
    }
    PosesDigest all;
    for (const std::string& digest : digests) {
        all.add(std::string_view(digest));
    }
    return all.hex();
}

Sample join_samples(std::vector<Sample> clips) {
    if (clips.size() == 1) {
        return std::move(clips.front());
    }
    Sample pass;
    std::vector<std::string> digests;
    for (const Sample& clip : clips) {
        pass.clip_wall_s.push_back(clip.wall_s);
        pass.wall_s += clip.wall_s;
        pass.cpu_s += clip.cpu_s;
        pass.peak_memory_bytes = std::max(pass.peak_memory_bytes, clip.peak_memory_bytes);
        pass.work.frames_in += clip.work.frames_in;
        pass.work.frames_out += clip.work.frames_out;
        pass.work.key_frames += clip.work.key_frames;
        pass.work.poses += clip.work.poses;
        digests.push_back(clip.work.poses_digest);
        pass.latency_ms.insert(pass.latency_ms.end(), clip.latency_ms.begin(),
                               clip.latency_ms.end());
        if (clip.gpu) {
            add_use(pass.gpu ? *pass.gpu : pass.gpu.emplace(), *clip.gpu, clip.wall_s);
        }
        pass.failure = clip.failure;
    }
    if (pass.gpu && pass.wall_s > 0) {
        for (double GpuUse::*mean : kMeans) {
            *pass.gpu.*mean /= pass.wall_s;
        }
    }
    pass.first_batch_s = clips.empty() ? 0 : clips.front().first_batch_s;
    pass.work.poses_digest = join_digests(digests);
    pass.stages = sum_stages(clips);
    return pass;
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
