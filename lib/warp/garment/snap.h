#pragma once

#include <opencv2/core/mat.hpp>

namespace closet {

/// Moves a silhouette's outline to the strongest edge within about 24 px inside of it: a watershed
/// on the stretched colour difference. What a low threshold adds around a garment (JPEG blocks,
/// faint shadows) goes. `garment` is CV_8UC1, 255 inside; `difference` (CV_32FC3, Lab, from the
/// ground) and `distance` (CV_32FC1) have its size. Returned unchanged where more than a quarter of
/// the area would go: then the strongest edge is a print, not the outline.
cv::Mat snap_outline(const cv::Mat& garment, const cv::Mat& difference, const cv::Mat& distance,
                     bool near_white);

}  // namespace closet
