#include <fmt/format.h>

#include "core/error.h"
#include "infer/infer_options.h"
#include "infer/run/device.h"
#include "infer/run/runners.h"

namespace closet {

bool built_with_cuda() {
    return false;
}

std::vector<CudaDevice> cuda_devices() {
    return {};
}

double cuda_busy_s() {
    return 0;
}

std::unique_ptr<NetworkRunner> make_cuda_runner(const RunnerSetup&, WorkerPool&) {
    throw ModelError(fmt::format("this closet was built without CUDA; use {} cpu", flags::kDevice));
}

}  // namespace closet
