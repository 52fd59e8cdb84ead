#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// How a picture lies in a detector's input: shrunk or enlarged to fit, in the top left corner.
struct Letterbox {
    cv::Size content;  ///< what the picture covers, input pixels
    double scale_x;    ///< input pixels a picture pixel
    double scale_y;    ///< a little different where rounding made it so
};

/// As MMDetection sizes it (Resize with keep_ratio): the largest that fits, each side rounded half
/// up, at least one pixel.
Letterbox fit_letterbox(cv::Size picture, cv::Size input);

/// Writes an R G B picture into `input` (CV_8UC3, allocated by the caller) as B G R, bilinear, with
/// grey 114 beside it (MMDetection's Resize and Pad).
void fill_letterbox(const cv::Mat& rgb, const Letterbox& letterbox, cv::Mat& input);

}  // namespace closet
