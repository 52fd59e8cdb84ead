#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device.h"
#include "core/torch_part.h"

namespace closet {

/// The device that `--device` names: "cpu", "cuda" (the first one), "cuda:N", or "auto", which is
/// the first CUDA device where there is one and else the CPU. Throws ConfigError for other texts,
/// ModelError for CUDA that this build or this machine does not have.
Device choose_device(std::string_view text);

/// What networks run in: "fp32", "fp16", "bf16", "int8", or "auto", which is fp16 on CUDA and fp32
/// on the CPU. Throws ConfigError for other texts, for fp16 on the CPU, where it is emulated, for
/// bf16 on a CPU without instructions for it, and for int8 on CUDA or a CPU without AVX2.
Precision choose_precision(std::string_view text, Device device);

/// For `closet doctor` and logs, e.g. "NVIDIA H200, 139.8 GiB, cuda:0" or "CPU, avx512bf16, 16
/// threads".
std::string describe_device(Device device);

/// The CUDA device that `text` itself names ("cuda", "cuda:N") and this machine has; nothing for
/// "cpu" and "auto".
std::optional<Device> named_cuda_device(std::string_view text);

/// Everything that `--device` could choose, the CPU first.
std::vector<Device> available_devices();

/// Version of LibTorch that the program was built against, e.g. "2.13.0".
std::string torch_version();

/// True when this program was built with CUDA, whether the machine has a GPU or not.
bool built_with_cuda();

struct CudaDevice {
    std::string name;
    std::size_t memory_bytes = 0;
    std::string pci_bus_id;  ///< "0000:65:00.0": how other tools of NVIDIA's know it
};

/// The usable CUDA devices in their order; empty without CUDA, driver or device.
std::vector<CudaDevice> cuda_devices();

/// What cuda_devices and cuda_busy_s ask in a build with CUDA (run/cuda_runner.cpp).
inline constinit TorchFunction<std::vector<CudaDevice>()> find_cuda_devices;
inline constinit TorchFunction<double()> measure_cuda_busy_s;

/// How long the streams of all runners have been busy since the process started, from the upload of
/// a call's pictures to the download of its results, in seconds. Streams are added up, so it may
/// grow faster than time. Calls count once they were waited for. 0 without CUDA.
double cuda_busy_s();

}  // namespace closet
