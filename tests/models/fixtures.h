#pragma once

#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/error.h"
#include "models/network.h"
#include "models/store/model_store.h"
#include "support/safetensors.h"
#include "support/shared_data.h"

namespace closet::test {

/// Threads that spin for work make each other slow when tests run side by side.
inline const bool kOneThread = [] {
    at::set_num_threads(1);
    return true;
}();

/// A .tflite file of the models folder, known to the manifest or not; prints a SKIPPED line where
/// it is absent.
inline std::optional<std::filesystem::path> model_file(const std::string& name) {
    auto path = models_folder() / (name + ".tflite");
    if (std::filesystem::exists(path)) {
        return path;
    }
    std::cout << "SKIPPED: model " << path << " is absent (scripts/setup, models/README.md)\n";
    return std::nullopt;
}

/// A reference output as float32, in its own (NHWC) shape.
inline at::Tensor reference(const SafeTensor& stored) {
    if (stored.dtype == "F16") {
        return at::from_blob(const_cast<std::byte*>(stored.bytes.data()), stored.shape, at::kHalf)
            .to(at::kFloat);
    }
    return at::from_blob(const_cast<std::byte*>(stored.bytes.data()), stored.shape, at::kFloat)
        .clone();
}

/// `input_u8` (N x H x W x 3) as the networks want it: N x 3 x H x W, scaled to [low, 1].
inline at::Tensor network_input(const SafeTensor& stored, bool signed_range) {
    const at::Tensor bytes =
        at::from_blob(const_cast<std::byte*>(stored.bytes.data()), stored.shape, at::kByte);
    const at::Tensor unit = bytes.permute({0, 3, 1, 2}).to(at::kFloat);
    return signed_range ? unit * (2.0 / 255) - 1 : unit / 255;
}

/// Largest absolute difference over the reference's largest magnitude.
inline double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
    return ((actual - expected).abs().max() / expected.abs().max()).item<double>();
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
    return (a - b).abs().max().item<double>();
}

}  // namespace closet::test
