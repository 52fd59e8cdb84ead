#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

enum class ResampleFilter { kBilinear, kBicubic, kLanczos };

/// A picture (CV_8UC1 or CV_8UC3, not empty) at another size as Pillow resizes it
/// (libImaging/Resample.c): a filter as wide as the pixels of the smaller picture, first along
/// rows, then along columns, in fixed point, rounded to bytes after each. Byte for byte, but for
/// some sizes (lower ones above all) for which Pillow 13 goes along the columns first: there single
/// levels differ. Networks that were made in Python expect it; of OpenCV's filters only INTER_AREA
/// widens.
cv::Mat resample(const cv::Mat& picture, cv::Size size, ResampleFilter filter);

}  // namespace closet
