#pragma once

#include <string>

namespace closet {

/// Where networks run: on the CPU or on one CUDA device.
struct Device {
    int cuda = -1;  ///< number of the CUDA device, from 0; -1: the CPU

    bool is_cpu() const { return cuda < 0; }
    bool is_cuda() const { return cuda >= 0; }

    /// As `--device` takes it: "cpu", "cuda:0".
    std::string str() const { return is_cpu() ? "cpu" : "cuda:" + std::to_string(cuda); }

    friend bool operator==(const Device&, const Device&) = default;
};

/// What a network's weights and activations are held in. kInt8: where the ranges of its values are
/// known, float32 elsewhere.
enum class Precision { kFp32, kFp16, kBf16, kInt8 };

}  // namespace closet
