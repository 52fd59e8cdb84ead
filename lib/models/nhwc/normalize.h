#pragma once

#include <cstddef>

namespace closet {

/// Instance normalization without parameters: mean 0 and variance 1 (variance + `epsilon`) of each
/// channel over all pixels. `x` and `y`: `pixels` x `channels`, dense, not the same.
void normalize_channels(const float* x, float* y, std::size_t pixels, std::size_t channels,
                        double epsilon);

}  // namespace closet
