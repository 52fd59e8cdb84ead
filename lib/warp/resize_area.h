#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// Shrinks a CV_8UC4 picture with straight alpha (R G B A or B G R A) to `size`, at most its own
/// size and at least 1x1: each pixel is the mean of the area it covers, colours weighted by alpha,
/// so nothing of what lies under transparent pixels shows and nothing flickers at small sizes.
/// Where nothing is visible the result is transparent black.
/// Needs memory for the result and two rows only.
cv::Mat resize_area(const cv::Mat& source, cv::Size size);

/// Gives each fully transparent pixel beside a visible one the colour of its visible neighbours
/// (alpha stays 0), so that bilinear interpolation of straight colour finds no foreign colour.
void bleed_color(cv::Mat& rgba);

}  // namespace closet
