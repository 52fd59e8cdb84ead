#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "infer/cuda_slot.h"
#include "infer/network_runner.h"

namespace closet {

/// Runs a network on a CUDA device over several streams: the pictures of a call are dealt out to
/// the streams, so that making the next ones, uploading, computing and reading results overlap.
/// Throws OutOfDeviceMemory where they do not fit.
class CudaRunner : public NetworkRunner {
  public:
    CudaRunner(const RunnerSetup& setup, WorkerPool& workers);

    void run(std::size_t count, const FillInput& fill, const TakeOutputs& take,
             const WantsLastOutput& wants_last) override;

  private:
    void run_on_slots(std::size_t count, const FillInput& fill, const TakeOutputs& take);
    void wait_for_all() noexcept;

    WorkerPool& workers_;
    c10::Device device_;
    std::vector<std::unique_ptr<CudaSlot>> slots_;
};

}  // namespace closet
