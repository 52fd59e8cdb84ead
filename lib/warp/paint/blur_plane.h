#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// Blurs a plane (CV_8UC1) in place by a Gaussian of `sigma` pixels, cut off beyond `radius`, as
/// cv::GaussianBlur does to within one level; of small planes that takes most of its time to begin.
/// `border`: cv::BorderTypes.
void blur_plane(cv::Mat& plane, double sigma, int radius, int border);

/// The disk of so many pixels around a pixel, for cv::dilate and the like.
cv::Mat round_element(int radius);

}  // namespace closet
