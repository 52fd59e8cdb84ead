#pragma once

#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/median.h"

namespace closet {

// Morphology of CV_8UC1 masks (255 and 0) with exact discs through the distance transform: the
// cost does not grow with the radius. Outside of the picture counts as the nearest pixel does.

/// The mask without what lies within `radius` >= 0 pixels of its outside (erosion).
inline cv::Mat shrink(const cv::Mat& mask, float radius) {
    cv::Mat distance;
    cv::distanceTransform(mask, distance, cv::DIST_L2, cv::DIST_MASK_5);
    return distance > radius;
}

/// The mask and what lies within `radius` pixels of it (dilation).
inline cv::Mat widen(const cv::Mat& mask, float radius) {
    return ~shrink(~mask, radius);
}

/// The mask without what is thinner than twice the radius.
inline cv::Mat open_mask(const cv::Mat& mask, float radius) {
    return widen(shrink(mask, radius), radius);
}

/// The mask with gaps filled that are narrower than twice the radius.
inline cv::Mat close_mask(const cv::Mat& mask, float radius) {
    return shrink(widen(mask, radius), radius);
}

/// The upper median of `values` (CV_32FC1) where the mask holds; 0 where it does nowhere.
inline float median_where(const cv::Mat& values, const cv::Mat& where) {
    std::vector<float> list;
    for (int y = 0; y < values.rows; ++y) {
        for (int x = 0; x < values.cols; ++x) {
            if (where.at<uchar>(y, x) != 0) {
                list.push_back(values.at<float>(y, x));
            }
        }
    }
    return list.empty() ? 0 : upper_median(std::move(list));
}

}  // namespace closet
