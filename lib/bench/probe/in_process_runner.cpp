#include "bench/probe/in_process_runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "bench/probe/sample_meter.h"
#include "bench/result/result.h"
#include "infer/run/device.h"
#include "pipeline/nvml.h"
#include "pipeline/thread_group.h"

namespace closet::bench {
namespace {

using namespace std::chrono_literals;

/// Watches an NVIDIA card through NVML from construction to `finish`, each 50 ms on a thread of its
/// own. NVML is loaded when first needed (libnvidia-ml.so.1, a part of the driver).
class GpuMonitor {
  public:
    /// `device`: the index that CUDA gives it; empty: the run is on the CPU and nothing is watched.
    explicit GpuMonitor(std::optional<int> device) {
        if (!device) {
            return;
        }
        const auto devices = cuda_devices();
        const auto index = static_cast<std::size_t>(*device);
        watch_ = std::make_unique<Watch>(index < devices.size() ? devices[index].pci_bus_id : "");
    }

    /// What was seen; with the time that the inference streams were busy but without the rest where
    /// NVML is absent. Nothing on the CPU.
    std::optional<GpuUse> finish() {
        if (!watch_) {
            return std::nullopt;
        }
        watch_->threads.stop();
        watch_->threads.wait();
        GpuUse use = watch_->sum;
        use.device_time_s = cuda_busy_s() - watch_->busy_before;
        if (watch_->samples > 0) {
            const auto samples = static_cast<double>(watch_->samples);
            use.utilisation_percent /= samples;
            use.power_w /= samples;
            use.temperature_c /= samples;
            use.clock_mhz /= samples;
        }
        watch_.reset();
        return use;
    }

  private:
    struct Watch {
        explicit Watch(const std::string& pci_bus_id) : card(Nvml::card(pci_bus_id)) {
            if (card) {
                threads.add("GPU", [this](const std::stop_token& stop, StageClock&) { run(stop); });
            }
        }

        void run(const std::stop_token& stop) {
            std::unique_lock lock(mutex);
            do {
                take_sample();
            } while (!woken.wait_for(lock, stop, 50ms, [&] { return stop.stop_requested(); }));
        }

        void take_sample() {
            const Nvml::Reading reading = card->read();
            ++samples;
            sum.utilisation_percent += reading.utilisation_percent;
            sum.power_w += reading.power_w;
            sum.temperature_c += reading.temperature_c;
            sum.clock_mhz += reading.clock_mhz;
            sum.peak_memory_bytes = std::max(sum.peak_memory_bytes, reading.memory_bytes);
        }

        double busy_before = cuda_busy_s();
        std::optional<Nvml::Card> card;
        std::mutex mutex;
        std::condition_variable_any woken;
        GpuUse sum;
        std::int64_t samples = 0;
        ThreadGroup threads;  ///< last: it uses all of the above
    };
    std::unique_ptr<Watch> watch_;
};

/// The CUDA device that a case runs on; nothing on the CPU.
std::optional<int> cuda_device(const FitOptions& fit) {
    if (fit.poses) {
        return std::nullopt;
    }
    const Device device = choose_device(fit.infer.device);
    return device.is_cuda() ? std::optional<int>(device.cuda) : std::nullopt;
}

}  // namespace

InProcessRunner::InProcessRunner(std::shared_ptr<CasePlayer> player, FitTick tick)
    : player_(std::move(player)), tick_(std::move(tick)) {}

Sample InProcessRunner::run(const std::vector<Setting>& settings, bool warm_up) {
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
    model_load_s_ = 0;
    std::vector<Sample> clips;
    for (std::size_t i = 0; i < player_->options().clips.size(); ++i) {
        clips.push_back(pass_over(i, settings));
        if (!clips.back().failure.empty()) {
            break;
        }
    }
    return join_samples(std::move(clips));
}

Sample InProcessRunner::pass_over(std::size_t clip, const std::vector<Setting>& settings) {
    SampleMeter meter;
    std::optional<GpuMonitor> gpu;
    const auto begin = [&] {
        gpu.emplace(cuda_device(player_->resolve(settings).fit));
        reset_peak_memory();
    };
    const auto played = player_->play(clip, settings, {meter.taps(), tick_, begin});
    Sample sample = meter.sample(played.report);
    sample.peak_memory_bytes =
        std::max<std::int64_t>(0, peak_resident_bytes() - played.held_by_others);
    sample.gpu = gpu->finish();
    model_load_s_ += played.model_load_s;
    return sample;
}

}  // namespace closet::bench
