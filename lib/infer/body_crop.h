#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>

#include "core/pose.h"
#include "infer/region.h"

namespace closet {

// How top-down pose networks of MMPose see a person: an upright rectangle of the network's aspect
// around the person's bounding box. The rectangle is a Region whose side is its height.

/// The rectangle for a bounding box in view pixels: the box enlarged by 1.25 (GetBBoxCenterScale's
/// padding) and then, in one direction, until it has the aspect of `input` (TopdownAffine).
Region region_of_body_box(const Box& box, cv::Size input);

/// Maps pixels of a crop of size `input` to view pixels: pixel (width / 2, height / 2) is the
/// region's centre and `height` pixels are its side (get_warp_matrix: whole numbers are pixel
/// centres in both pictures).
cv::Matx23d view_from_body_crop(const Region& region, cv::Size input);

/// Writes the rectangle, turned upright, into `crop` (CV_8UC3, of the network's input size,
/// allocated by the caller): bilinear, black outside of the picture.
void crop_body(const cv::Mat& rgb, const Region& region, cv::Mat& crop);

}  // namespace closet
