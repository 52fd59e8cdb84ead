#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace closet {

/// The device that `--device` names: "cpu", "cuda" (the first one), "cuda:N", or "auto", which is
/// the first CUDA device where there is one and else the CPU. Throws ConfigError for other texts,
/// ModelError for CUDA that this build or this machine does not have.
c10::Device choose_device(std::string_view text);

/// What networks run in: "fp32", "fp16", "bf16", or "auto", which is fp16 on CUDA and fp32 on the
/// CPU. Throws ConfigError for other texts, for fp16 on the CPU, where it is emulated, and for bf16
/// on a CPU without instructions for it.
at::ScalarType choose_precision(std::string_view text, c10::Device device);

/// For `closet doctor` and logs, e.g. "NVIDIA H200, 139.8 GiB, cuda:0" or "CPU, avx512bf16, 16
/// threads".
std::string describe_device(c10::Device device);

/// Everything that `--device` could choose, the CPU first.
std::vector<c10::Device> available_devices();

/// True when this program was built with CUDA, whether the machine has a GPU or not.
bool built_with_cuda();

/// Version of LibTorch that the program was built against, e.g. "2.13.0".
std::string torch_version();

}  // namespace closet
