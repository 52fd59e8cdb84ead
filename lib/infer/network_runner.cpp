#include "infer/network_runner.h"

#include "infer/cpu_runner.h"
#include "infer/cuda_support.h"
#include "infer/halving_runner.h"

namespace closet {

std::unique_ptr<NetworkRunner> make_runner(const RunnerSetup& setup, WorkerPool& workers) {
    if (setup.device.is_cpu()) {
        return std::make_unique<CpuRunner>(setup, workers);
    }
    return std::make_unique<HalvingRunner>(make_cuda_runner(setup, workers));
}

}  // namespace closet
