#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// Finds the upper edge of a garment's front neckline, below which the front begins: the path
/// between the neck points along which the inside of the back changes to the front, by dynamic
/// programming in polar coordinates. Of a ribbed collar it is the rib's upper edge. `rgba` is
/// CV_8UC4, `left` and `right` its neck points on either side of the image, which may be a tenth
/// of their distance off.
///
/// Returns the path from the image's left to its right, in pixels; empty where none is certain.
std::vector<cv::Point2d> find_neckline(const cv::Mat& rgba, cv::Point2d left, cv::Point2d right);

}  // namespace closet
