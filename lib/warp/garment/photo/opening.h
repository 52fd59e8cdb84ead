#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// A garment's upper opening in a product photo, neck or waist: above the front's edge the inside
/// of the back is seen, which the wearer's body will hide. Pictures are cut-outs (CV_8UC4, R G B A,
/// straight alpha), places in their pixels.

/// Whether `left` and `right` can be the ends of an upright garment's opening: within the picture,
/// at least 16 px apart, and no steeper than one in two. `left` lies left in the image.
bool is_opening(const cv::Mat& rgba, cv::Point2f left, cv::Point2f right);

/// From the pixels of a square patch of `side` pixels to a picture's: the opening lies level in it,
/// `width` pixels wide, its middle in the middle.
cv::Matx23d patch_of_opening(cv::Point2d left, cv::Point2d right, double width, int side);

/// Makes what lies above the front's edge transparent, softly; `edge` goes from the image's left to
/// its right. Returns whether anything changed.
bool take_away_above(cv::Mat& rgba, std::vector<cv::Point2d> edge, cv::Point2d left,
                     cv::Point2d right);

}  // namespace closet
