#include "warp/removal/nearest_known.h"

#include <cstddef>

#include <opencv2/imgproc.hpp>

namespace closet::removal {

NearestKnown::NearestKnown(const cv::Mat& known)
    : places_(static_cast<std::size_t>(cv::countNonZero(known)) + 1) {
    cv::Mat is_hidden, distance;
    cv::bitwise_not(known, is_hidden);
    cv::distanceTransform(is_hidden, distance, labels_, cv::DIST_L2, 5, cv::DIST_LABEL_PIXEL);
    for (int y = 0; y < known.rows; ++y) {
        const auto* is_known = known.ptr(y);
        const int* label = labels_.ptr<int>(y);
        for (int x = 0; x < known.cols; ++x) {
            if (is_known[x] != 0) {
                places_[static_cast<std::size_t>(label[x])] = {x, y};
            }
        }
    }
}

}  // namespace closet::removal
