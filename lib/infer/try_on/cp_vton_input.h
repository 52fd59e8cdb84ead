#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/try_on.h"

namespace closet {

/// What CP-VTON's networks see of a person without the clothes, byte for byte (cp_dataset.py,
/// fbaf333): 22 planes CV_8UC1, 192 x 256, that are normalized to -1..1 from 0..255.
/// 0: the body's shape, coarse; 1 to 3: R, G and B of the head; 4 to 21: a square for each of
/// OpenPose's 18 points.
///
/// `rgb` (CV_8UC3) and `labels` (CV_8UC1) are 192 x 256; points in their pixels.
std::vector<cv::Mat> cp_vton_person(const cv::Mat& rgb, const cv::Mat& labels,
                                    const Body25& points);

}  // namespace closet
