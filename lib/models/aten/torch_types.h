#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "core/device.h"

namespace closet {

// Devices and types as LibTorch names them.

inline c10::Device torch_device(Device device) {
    return device.is_cpu() ? c10::Device(c10::kCPU)
                           : c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device.cuda));
}

inline at::ScalarType torch_type(Precision precision) {
    switch (precision) {
        case Precision::kFp16:
            return at::kHalf;
        case Precision::kBf16:
            return at::kBFloat16;
        case Precision::kFp32:
        case Precision::kInt8:  // which LibTorch does not run
            break;
    }
    return at::kFloat;
}

}  // namespace closet
