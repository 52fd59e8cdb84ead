#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// Paints labels in the back of a collar over with the cloth around them: small spots of another
/// colour between and above the neck points (pixels of `rgba`, CV_8UC4, image-left one first) on
/// cloth of one colour. Alpha stays. Returns whether there was one; patterned cloth is left alone.
bool hide_label(cv::Mat& rgba, cv::Point2f left, cv::Point2f right);

}  // namespace closet
