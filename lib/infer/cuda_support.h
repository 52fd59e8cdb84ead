#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "infer/network_runner.h"

namespace closet {

// What a CUDA build adds. Implemented twice, by cuda_support.cpp and by no_cuda.cpp; CMake compiles
// one of them.

struct CudaDevice {
    std::string name;
    std::size_t memory_bytes = 0;
};

/// The usable CUDA devices in their order; empty without CUDA, driver or device.
std::vector<CudaDevice> cuda_devices();

/// Runs a network on a CUDA device. Throws ModelError in a build without CUDA.
std::unique_ptr<NetworkRunner> make_cuda_runner(const RunnerSetup& setup, WorkerPool& workers);

}  // namespace closet
