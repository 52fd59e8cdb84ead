#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <vector>

#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/util/Exception.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "core/error.h"
#include "infer/run/cuda_slot.h"
#include "infer/run/device.h"
#include "infer/run/runners.h"
#include "models/aten/torch_types.h"
#include "pipeline/part_clock.h"

namespace closet {
namespace {

/// What make_cuda_runner makes.
class CudaRunner final : public NetworkRunner {
  public:
    CudaRunner(const RunnerSetup& setup, WorkerPool& workers);

    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput& wants_last, std::span<const Crop> crops) override;

  private:
    void run_on_slots(std::size_t count, const FillInput& fill, const TakeOutputs& take,
                      std::span<const Crop> crops);
    void wait_for_all() noexcept;

    WorkerPool& workers_;
    c10::Device device_;
    cv::Size input_;
    std::vector<std::unique_ptr<CudaSlot>> slots_;
};

CudaRunner::CudaRunner(const RunnerSetup& setup, WorkerPool& workers)
    : workers_(workers), device_(torch_device(setup.device)), input_(setup.network->input_size()) {
    const c10::cuda::CUDAGuard on_device(device_);
    for (int i = 0; i < setup.streams; ++i) {
        // From LibTorch's pool of streams, which owns them.
        slots_.push_back(std::make_unique<CudaSlot>(
            setup, c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device_.index())));
    }
}

// Captured graphs run whole: all outputs come.
void CudaRunner::run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
                     const WantsLastOutput&, std::span<const Crop> crops) {
    const PartTimer timer(Part::kNetwork);
    const c10::cuda::CUDAGuard on_device(device_);
    try {
        run_on_slots(count, fill, take,
                     fewer_as_pictures(crops, input_) ? crops : std::span<const Crop>());
    } catch (const c10::OutOfMemoryError&) {
        wait_for_all();
        for (const auto& slot : slots_) {
            slot->release();
        }
        c10::cuda::CUDACachingAllocator::emptyCache();
        throw OutOfDeviceMemory(
            fmt::format("{} is out of memory with {} pictures", device_.str(), count));
    } catch (const c10::Error& error) {
        wait_for_all();
        throw ModelError(
            fmt::format("the network failed on {}: {}", device_.str(), sentence_of(error)));
    } catch (...) {
        wait_for_all();
        throw;
    }
}

/// `crops`: what the device makes itself; empty: `fill` makes the inputs.
void CudaRunner::run_on_slots(std::size_t count, const FillInput& fill, const TakeOutputs& take,
                              std::span<const Crop> crops) {
    const std::size_t parts = std::min(slots_.size(), count);
    const auto first_of = [&](std::size_t part) { return count * part / parts; };
    for (std::size_t part = 0; part < parts; ++part) {
        CudaSlot& slot = *slots_[part];
        const std::size_t first = first_of(part);
        const std::size_t pictures = first_of(part + 1) - first;
        slot.reserve(pictures);
        if (!crops.empty()) {
            slot.launch(crops.subspan(first, pictures));
            continue;
        }
        workers_.for_each(pictures, [&](std::size_t i) {
            cv::Mat picture = slot.picture(i);
            fill(first + i, picture);
        });
        slot.launch(pictures);
    }
    for (std::size_t part = 0; part < parts; ++part) {
        CudaSlot& slot = *slots_[part];
        const std::size_t first = first_of(part);
        slot.wait();
        workers_.for_each(first_of(part + 1) - first, [&](std::size_t i) {
            const auto rows = slot.rows(i);
            take(first + i, rows);
        });
    }
}

/// After a failure: other streams still write into memory that whoever catches it may let go. What
/// they fail with is not told, since something failed before; a broken device fails every wait.
void CudaRunner::wait_for_all() noexcept {
    for (const auto& slot : slots_) {
        try {
            slot->wait();
        } catch (const std::exception&) {  // c10::Error is one
        }
    }
}

}  // namespace

// For torch/register.cpp.

std::vector<CudaDevice> list_cuda_devices() {
    std::vector<CudaDevice> devices;
    const int count = c10::cuda::device_count();
    for (int i = 0; i < count; ++i) {
        cudaDeviceProp properties{};
        if (cudaGetDeviceProperties(&properties, i) == cudaSuccess) {
            char bus[16] = "";  // dddd:bb:dd.f and room
            if (cudaDeviceGetPCIBusId(bus, sizeof(bus), i) != cudaSuccess) {
                bus[0] = '\0';
            }
            devices.push_back({properties.name, properties.totalGlobalMem, bus});
        }
    }
    return devices;
}

double cuda_slots_busy_s() {
    return CudaSlot::busy_s();
}

std::unique_ptr<NetworkRunner> load_cuda_runner(const RunnerSetup& setup, WorkerPool& workers) {
    return std::make_unique<CudaRunner>(setup, workers);
}

}  // namespace closet
