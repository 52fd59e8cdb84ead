#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

enum class ResampleFilter { kBilinear, kBicubic, kLanczos };

/// A picture (CV_8UC1 or CV_8UC3, not empty) at another size, byte for byte as Pillow resizes it
/// (libImaging/Resample.c, Pillow 13): a filter as wide as the pixels of the smaller picture, first
/// along rows, then along columns, in fixed point, rounded to bytes after each. Networks that were
/// made in Python expect it; OpenCV has no filter that widens but for INTER_AREA.
cv::Mat resample(const cv::Mat& picture, cv::Size size, ResampleFilter filter);

}  // namespace closet
