#pragma once

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {

// Morphology of CV_8UC1 masks (255 and 0) with exact discs through the distance transform: the
// cost does not grow with the radius. Outside of the picture counts as the nearest pixel does.

inline cv::Mat shrink(const cv::Mat& mask, float radius) {
    cv::Mat distance;
    cv::distanceTransform(mask, distance, cv::DIST_L2, cv::DIST_MASK_5);
    return distance > radius;
}

inline cv::Mat widen(const cv::Mat& mask, float radius) {
    return ~shrink(~mask, radius);
}

inline cv::Mat open_mask(const cv::Mat& mask, float radius) {
    return widen(shrink(mask, radius), radius);
}

inline cv::Mat close_mask(const cv::Mat& mask, float radius) {
    return shrink(widen(mask, radius), radius);
}

}  // namespace closet
