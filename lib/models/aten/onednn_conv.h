#pragma once

#include <optional>

#include <ATen/core/Tensor.h>

#include "models/graph/network_graph.h"

namespace closet {

/// oneDNN convolutions with weights in oneDNN's own layout, through operators that LibTorch
/// registers for its compiler and does not declare in a header (mkldnn::_convolution_pointwise and
/// relatives; schemas as of 2.13). Channels_last in and out.

/// Whether this build of LibTorch has them and this CPU computes in `dtype`.
bool onednn_has(at::ScalarType dtype);

/// Reorders a channels_last weight for one input size (N, C, H, W); the batch is part of it.
at::Tensor onednn_pack(const at::Tensor& weight, const ConvNode& conv, at::IntArrayRef input_size);

/// activation(conv(x) + bias + residual). Padding as the window has it where it is symmetric, else
/// none: x then comes padded.
at::Tensor onednn_conv(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                       const ConvNode& conv, const std::optional<at::Tensor>& residual);

}  // namespace closet
