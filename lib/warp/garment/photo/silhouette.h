#pragma once

#include <opencv2/core/mat.hpp>

#include "warp/garment/photo/ground.h"

namespace closet {

/// Where the garment is.
struct Silhouette {
    cv::Mat mask;             ///< CV_8UC1, 255 where the garment is; all 0 where nothing is found
    bool near_white = false;  ///< most of the garment is hardly darker than its ground
};

/// Finds what is not ground in a photo of at most kCutOutAnalysisSide px. `difference` is the
/// smoothed photo's from the ground (CV_32FC3, Lab), `sharp` and `distance` the distances from the
/// ground (CV_32FC1) of the photo and of the smoothed photo.
Silhouette find_silhouette(const Ground& ground, const cv::Mat& difference, const cv::Mat& distance,
                           const cv::Mat& sharp);

}  // namespace closet
