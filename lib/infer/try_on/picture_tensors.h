#pragma once

#include <vector>

#include <ATen/core/Tensor.h>
#include <opencv2/core/mat.hpp>

namespace closet {

// Pictures of try-on networks as tensors and back. Pictures are N x 3 x H x W, -1..1.

/// CV_8UC3 as 1 x 3 x H x W.
at::Tensor picture_tensor(const cv::Mat& rgb);
/// Planes CV_8UC1 of one size as 1 x C x H x W, -1..1.
at::Tensor planes_tensor(const std::vector<cv::Mat>& planes);
/// CV_8UC1 as 1 x 1 x H x W: 1 from 128 on, else 0.
at::Tensor mask_tensor(const cv::Mat& mask);
/// CV_8UC1 as 1 x H x W, kLong.
at::Tensor map_tensor(const cv::Mat& map);
/// CV_32FC2 as 1 x H x W x 2.
at::Tensor grid_tensor(const cv::Mat& grid);

enum class GridBorder { kZero, kEdge };
/// `x` where `grid` looks, bilinear. `corners`: -1 and 1 are the outermost pixels' centers and not
/// their edges.
at::Tensor warped(const at::Tensor& x, const at::Tensor& grid, GridBorder border, bool corners);

/// Each channel blurred by a Gaussian of that many pixels across (odd), with zeros around.
at::Tensor blurred(const at::Tensor& x, int across, double sigma);

/// Values of -1..1 as if they had been a picture of bytes, cut off and not rounded.
at::Tensor as_bytes(const at::Tensor& picture);
/// 1 x 1 x H x W or H x W of 0..1 as CV_8UC1.
cv::Mat byte_plane(const at::Tensor& values);
/// 1 x 3 x H x W as CV_8UC4 with the mask's (1 x 1 x H x W, 0..1) or the plane's alpha.
cv::Mat rgba_of(const at::Tensor& picture, const at::Tensor& mask);
cv::Mat with_alpha(const at::Tensor& picture, const cv::Mat& alpha);

}  // namespace closet
