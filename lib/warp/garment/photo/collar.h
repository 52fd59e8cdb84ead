#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// Makes the inside of a garment's back collar transparent, where the wearer's neck will be: what
/// lies above the front neckline, labels included. `rgba` is a cut-out (CV_8UC4, R G B A, straight
/// alpha); the points are where the shoulder seams meet the neckline, in its pixels, on either side
/// of the picture in either order.
///
/// Where no certain front neckline shows (black on black, stand collars), a label on cloth of one
/// color is painted over instead. Returns whether anything changed; where there is neither, or the
/// points cannot be a neckline's, the picture stays as it is.
bool remove_collar_inside(cv::Mat& rgba, cv::Point2f left_neck, cv::Point2f right_neck);

}  // namespace closet
