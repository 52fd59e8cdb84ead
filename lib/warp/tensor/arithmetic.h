#pragma once

#include <cstdint>

#include <ATen/Functions.h>
#include <ATen/TensorIndexing.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

namespace closet::tensor {

// Operators that LibTorch has for every device, its meta device included, on which tests see that
// nothing is read back and nothing is worked out elsewhere.

/// floor(a / b) of integers.
inline at::Tensor quotient(const at::Tensor& a, const at::Tensor& b) {
    return at::div(a, b, "floor");
}
inline at::Tensor quotient(const at::Tensor& a, std::int64_t b) {
    return at::div(a, b, "floor");
}

/// Rows of a tensor by their numbers.
inline at::Tensor rows_at(const at::Tensor& tensor, const at::Tensor& numbers) {
    return tensor.index({numbers});
}

/// `a` where a condition holds, else `b`: finite numbers.
inline at::Tensor chosen(const at::Tensor& condition, const at::Tensor& a, const at::Tensor& b) {
    return a * condition + b * condition.bitwise_not();
}

}  // namespace closet::tensor
