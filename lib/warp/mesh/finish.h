#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet::mesh {

/// Clears what lies below a straight line, with an edge one pixel soft. `canvas` is CV_8UC4,
/// premultiplied; `on_line` is in its pixels, `below` a unit vector.
void cut_below(cv::Mat& canvas, cv::Point2d on_line, cv::Point2d below);

/// Turns premultiplied colours (CV_8UC4, R G B A) into straight ones.
void unpremultiply(cv::Mat& canvas);

}  // namespace closet::mesh
