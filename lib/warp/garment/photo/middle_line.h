#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/garment/photo/garment_outline.h"

namespace closet {

/// How much more of a dark upright line runs down a garment's middle than beside it: where two legs
/// touch, where a front is buttoned or zipped. `rgba` is the picture (CV_8UC4) of the outline;
/// `from` and `to` are shares of the outline's height. Cloth without any, or with folds all over,
/// has about 1.
double middle_line(const cv::Mat& rgba, const GarmentOutline& outline, double from, double to);

}  // namespace closet
