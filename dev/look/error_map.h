#pragma once

#include <opencv2/core/mat.hpp>

#include "core/pose.h"

namespace closet::figures {

/// The frame in gray with what a garment's silhouette has too much in magenta and what it lacks in
/// green: CV_8UC3, B G R. `garment` and `truth`: CV_8UC1 of the frame's size, 255 inside.
cv::Mat error_map(const Frame& frame, const cv::Mat& garment, const cv::Mat& truth);

}  // namespace closet::figures
