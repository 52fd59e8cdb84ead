#pragma once

#include <map>
#include <string>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

namespace closet {

/// A picture to check a garment by: `rgba` (CV_8UC4, straight alpha) over a magenta checker, on
/// which leaks, halos and holes show, with the anchors drawn in their places, joined along the
/// garment's lines and named. Returns RGB (CV_8UC3), enlarged to at least 900 px on the longer side
/// so that the names can be read.
cv::Mat draw_anchors(const cv::Mat& rgba, const std::map<std::string, cv::Point2f>& anchors);

}  // namespace closet
