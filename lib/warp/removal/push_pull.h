#pragma once

#include <opencv2/core/mat.hpp>

namespace closet::removal {

/// Fills in what is not known: where `weight` (0..1) is low, `values` become those of the known
/// surroundings, the smoother the farther away (Gortler et al. 1996). Zeros where nothing is known.
void push_pull(cv::Mat3f& values, const cv::Mat1f& weight);

}  // namespace closet::removal
