#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "support/safetensors.h"

namespace closet::test {

/// Threads that spin for work make each other slow when tests run side by side.
inline const bool kOneThread = [] {
    at::set_num_threads(1);
    return true;
}();

using SafeTensors = std::map<std::string, SafeTensor>;

inline at::Tensor to_tensor(const SafeTensor& stored) {
    const auto type = stored.dtype == "U8" ? at::kByte : at::kFloat;
    return at::from_blob(const_cast<std::byte*>(stored.bytes.data()), stored.shape, type).clone();
}

/// The largest absolute difference.
inline double worst(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

}  // namespace closet::test
