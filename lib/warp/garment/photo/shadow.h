#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// The ground of a photo with the soft shadows that lie on it, in place of a plane: Lab (CV_32FC3)
/// at every pixel, continued under the garment. `lab`: the photo, CV_32FC3; `plane`: the ground's
/// plane (ground_lab) of its size; `threshold`: distances from the plane below this are ground.
///
/// A shadow is what can be reached from the plain ground without crossing an edge (gaps in one up
/// to twice `gap` pixels wide are no passage), is darker than it and of its tint. Empty where there
/// is none worth the name, where it does not fade into the ground, or where too little of its other
/// side is an edge for it to be told from the garment (white on near-white).
cv::Mat shaded_ground(const cv::Mat& lab, const cv::Mat& plane, float threshold, float gap);

}  // namespace closet
