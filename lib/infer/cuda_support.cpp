#include "infer/cuda_support.h"

#include <c10/cuda/CUDAFunctions.h>
#include <cuda_runtime_api.h>

#include "infer/cuda_runner.h"
#include "infer/device.h"

namespace closet {

bool built_with_cuda() {
    return true;
}

std::vector<CudaDevice> cuda_devices() {
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

double cuda_busy_s() {
    return CudaSlot::busy_s();
}

std::unique_ptr<NetworkRunner> make_cuda_runner(const RunnerSetup& setup, WorkerPool& workers) {
    return std::make_unique<CudaRunner>(setup, workers);
}

}  // namespace closet
