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
    std::string pci_bus_id;  ///< "0000:65:00.0": how other tools of NVIDIA's know it
};

/// The usable CUDA devices in their order; empty without CUDA, driver or device.
std::vector<CudaDevice> cuda_devices();

/// How long the streams of all runners have been busy since the process started, from the upload of
/// a call's pictures to the download of its results, in seconds. Streams are added up, so it may
/// grow faster than time. Calls count once they were waited for. 0 without CUDA.
double cuda_busy_s();

/// Runs a network on a CUDA device. Throws ModelError in a build without CUDA.
std::unique_ptr<NetworkRunner> make_cuda_runner(const RunnerSetup& setup, WorkerPool& workers);

}  // namespace closet
