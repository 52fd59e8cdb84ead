#include "bench/probe/gpu_monitor.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>

#include "infer/cuda_support.h"
#include "pipeline/nvml.h"
#include "pipeline/thread_group.h"

namespace closet::bench {

using namespace std::chrono_literals;

struct GpuMonitor::Watch {
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

GpuMonitor::GpuMonitor(std::optional<int> device) {
    if (!device) {
        return;
    }
    const auto devices = cuda_devices();
    const auto index = static_cast<std::size_t>(*device);
    watch_ = std::make_unique<Watch>(index < devices.size() ? devices[index].pci_bus_id : "");
}

GpuMonitor::~GpuMonitor() = default;

std::optional<GpuUse> GpuMonitor::finish() {
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

}  // namespace closet::bench
