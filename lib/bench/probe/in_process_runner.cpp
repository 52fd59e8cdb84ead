#include "bench/probe/in_process_runner.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "bench/probe/gpu_monitor.h"
#include "bench/probe/sample_meter.h"
#include "infer/device.h"

namespace closet::bench {
namespace {

/// The CUDA device that a case runs on; nothing on the CPU.
std::optional<int> cuda_device(const FitOptions& fit) {
    if (fit.poses) {
        return std::nullopt;
    }
    const c10::Device device = choose_device(fit.infer.device);
    return device.is_cuda() ? std::optional<int>(device.index()) : std::nullopt;
}

}  // namespace

InProcessRunner::InProcessRunner(std::shared_ptr<CasePlayer> player, FitTick tick)
    : player_(std::move(player)), tick_(std::move(tick)) {}

Sample InProcessRunner::run(const std::vector<Setting>& settings, bool warm_up) {
    model_load_s_ = 0;
    Sample sample = pass(settings);
    if (model_load_s_ > 0 && !warm_up && sample.failure.empty()) {
        // Networks that had to make room for others are cold, other passes' are not.
        const double load_s = model_load_s_;
        sample = pass(settings);
        model_load_s_ = load_s;
    }
    return sample;
}

Sample InProcessRunner::pass(const std::vector<Setting>& settings) {
    SampleMeter meter;
    std::optional<GpuMonitor> gpu;
    const auto begin = [&] {
        gpu.emplace(cuda_device(player_->resolve(settings).fit));
        reset_peak_memory();
    };
    const auto played = player_->play(settings, {meter.taps(), tick_, begin});
    Sample sample = meter.sample(played.report);
    sample.peak_memory_bytes =
        std::max<std::int64_t>(0, peak_resident_bytes() - played.held_by_others);
    sample.gpu = gpu->finish();
    model_load_s_ = played.model_load_s;
    return sample;
}

}  // namespace closet::bench
