#pragma once

#include <array>
#include <span>

#include <ATen/core/Tensor.h>
#include <opencv2/core/types.hpp>

#include "infer/run/network_runner.h"

namespace closet {

// What comes before a network, as tensor operations: the same on any device.

/// The inputs that crops tell, made on a device: N x height x width x 3 bytes. Their pictures, all
/// of one size, are copied there, each once.
///
/// Positions are resolved to 1/32 pixel and samples rounded as OpenCV does it for cv::warpAffine
/// and cv::warpPerspective, which the CPU crops with.
at::Tensor crops_on(c10::Device device, std::span<const Crop> crops, cv::Size input);

/// A number a channel, to be combined with N x 3 x H x W. Returns when the copy is done.
at::Tensor per_channel(const std::array<float, 3>& values, c10::Device device);

/// N x H x W x 3 bytes as the numbers that a network wants, N x 3 x H x W in channels-last memory;
/// `scale` and `offset`: Normalization, per channel.
at::Tensor network_input(const at::Tensor& pictures, const at::Tensor& scale,
                         const at::Tensor& offset);

}  // namespace closet
