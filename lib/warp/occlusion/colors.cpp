#include "warp/occlusion/colors.h"

#include <algorithm>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace closet::occlusion {

cv::Vec3b MedianColor::median() const {
    cv::Vec3b result;
    for (int c = 0; c < 3; ++c) {
        int below = 0;
        int value = 0;
        while (value < 255) {
            below += counts_[static_cast<std::size_t>(c)][static_cast<std::size_t>(value)];
            if (2 * below >= count_) {
                break;
            }
            ++value;
        }
        result[c] = static_cast<std::uint8_t>(value);
    }
    return result;
}

void grow_seeds(cv::Mat& marks) {
    std::vector<cv::Point> open;
    for (int y = 0; y < marks.rows; ++y) {
        auto* row = marks.ptr(y);
        for (int x = 0; x < marks.cols; ++x) {
            if (row[x] == kSeed) {
                row[x] = kKept;
                open.emplace_back(x, y);
            }
        }
    }
    const cv::Rect all(0, 0, marks.cols, marks.rows);
    while (!open.empty()) {
        const cv::Point at = open.back();
        open.pop_back();
        for (const cv::Point step : {cv::Point(1, 0), {-1, 0}, {0, 1}, {0, -1}}) {
            const cv::Point next = at + step;
            if (all.contains(next) && marks.at<std::uint8_t>(next) == kCandidate) {
                marks.at<std::uint8_t>(next) = kKept;
                open.push_back(next);
            }
        }
    }
    cv::threshold(marks, marks, kKept - 1, 255, cv::THRESH_BINARY);
}

void smooth_mask(cv::Mat& mask) {
    // The majority of 5 x 5 pixels; where the mean is within a sixth of one half, it is the edge.
    cv::blur(mask, mask, {5, 5}, {-1, -1}, cv::BORDER_REPLICATE);
    cv::Mat1b table(1, 256);
    for (int i = 0; i < 256; ++i) {
        table(i) = static_cast<std::uint8_t>(std::clamp(3 * (i - 128) + 128, 0, 255));
    }
    cv::LUT(mask, table, mask);
}

}  // namespace closet::occlusion
