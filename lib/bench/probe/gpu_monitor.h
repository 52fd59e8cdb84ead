#pragma once

#include <memory>
#include <optional>

#include "bench/result/result.h"

namespace closet::bench {

/// Watches an NVIDIA card through NVML from construction to `finish`, each 50 ms on a thread of its
/// own. NVML is loaded when first needed (libnvidia-ml.so.1, a part of the driver).
class GpuMonitor {
  public:
    /// `device`: the index that CUDA gives it; empty: the run is on the CPU and nothing is watched.
    explicit GpuMonitor(std::optional<int> device);
    ~GpuMonitor();
    GpuMonitor(const GpuMonitor&) = delete;
    GpuMonitor& operator=(const GpuMonitor&) = delete;
    GpuMonitor(GpuMonitor&&) = delete;
    GpuMonitor& operator=(GpuMonitor&&) = delete;

    /// What was seen; with the time that the inference streams were busy (`infer/device_time.h`)
    /// but without the rest where NVML is absent. Nothing on the CPU.
    std::optional<GpuUse> finish();

  private:
    struct Watch;
    std::unique_ptr<Watch> watch_;
};

}  // namespace closet::bench
