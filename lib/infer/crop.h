#pragma once

#include <opencv2/core/mat.hpp>

#include "infer/region.h"

namespace closet {

/// What lies outside of the picture.
enum class Border {
    kBlack,      ///< the detector's rule
    kReplicate,  ///< the landmark network's rule
};

/// Writes the region of an RGB picture, turned upright, into `crop` (CV_8UC3, square, allocated by
/// the caller). Bilinear with OpenCV's fixed-point positions (1/32 pixel), which is what MediaPipe
/// runs: with exact positions its landmarks come out up to 27 px elsewhere on badly seen points.
void crop_region(const cv::Mat& rgb, const Region& region, Border border, cv::Mat& crop);

/// The square around a whole picture: the detector's region.
Region letterbox(cv::Size picture);

}  // namespace closet
