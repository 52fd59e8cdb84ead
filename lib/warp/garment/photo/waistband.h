#pragma once

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// Takes away the inside of the back of trousers, shorts or a skirt, which product photos show
/// through the open waist above the front's edge, and draws the front up to the line between the
/// waistband's ends. `rgba` is a cut-out (CV_8UC4, R G B A, straight alpha); the points are those
/// ends, in its pixels, on either side of the picture in either order.
///
/// Returns whether anything changed. Where no certain edge hangs between the ends (a waist laid
/// flat, seams and pockets only), the picture stays as it is.
bool remove_waistband_inside(cv::Mat& rgba, cv::Point2f left_waist, cv::Point2f right_waist);

}  // namespace closet
