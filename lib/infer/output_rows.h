#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

namespace closet {

/// Row `index` of each tensor, as one flat span. Tensors: float32, contiguous, on the CPU.
inline std::vector<std::span<const float>> output_rows(const std::vector<at::Tensor>& tensors,
                                                       std::size_t index) {
    std::vector<std::span<const float>> rows;
    rows.reserve(tensors.size());
    for (const at::Tensor& tensor : tensors) {
        const auto values = static_cast<std::size_t>(tensor.numel() / tensor.size(0));
        rows.emplace_back(tensor.const_data_ptr<float>() + index * values, values);
    }
    return rows;
}

}  // namespace closet
