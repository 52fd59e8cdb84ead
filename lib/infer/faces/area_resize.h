#pragma once

#include <span>

#include <opencv2/core/mat.hpp>

namespace closet {

/// Area averages, as torch's adaptive_avg_pool2d takes them: pixel i of n, from m, is the mean of
/// the input's pixels floor(i m / n) .. ceil((i + 1) m / n), also where the picture grows.
/// `picture`: CV_8UC3; `numbers`: 3 for each pixel of `size`, 0..255.
void area_resize(const cv::Mat& picture, cv::Size size, std::span<float> numbers);

}  // namespace closet
