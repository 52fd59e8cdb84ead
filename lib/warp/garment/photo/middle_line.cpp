#include "warp/garment/photo/middle_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace closet {
namespace {

// In parts of the box's width, where nothing else is said.
constexpr double kWindow = 0.05;  ///< to either side of where a line is looked for
constexpr double kLine = 0.015;   ///< its half width: what lies beside it is brighter
constexpr std::array<double, 4> kElsewhere{-0.26, -0.14, 0.14, 0.26};  ///< from the middle
constexpr float kMostContrast = 10;  ///< levels: a stain or a button counts no more than a crease
constexpr float kNoise = 0.7F;       ///< levels: what a line of nothing has

/// How much darker each pixel is than the darker one of both beside it.
cv::Mat darker_than_beside(const cv::Mat& light, int reach) {
    cv::Mat dark(light.size(), CV_32F, cv::Scalar(0));
    for (int y = 0; y < light.rows; ++y) {
        const auto* from = light.ptr<float>(y);
        auto* to = dark.ptr<float>(y);
        for (int x = reach; x + reach < light.cols; ++x) {
            const float less = std::min(from[x - reach], from[x + reach]) - from[x];
            to[x] = std::clamp(less, 0.0F, kMostContrast);
        }
    }
    return dark;
}

/// The mean along the best path down through some columns, at most one column a row.
float best_path(const cv::Mat& dark, int first, int last, int from, int to) {
    const int count = last - first + 1;
    std::vector<float> sums(static_cast<std::size_t>(count), 0);
    std::vector<float> next(sums.size());
    for (int y = from; y < to; ++y) {
        const auto* row = dark.ptr<float>(y);
        for (int i = 0; i < count; ++i) {
            const auto k = static_cast<std::size_t>(i);
            float best = sums[k];
            if (i > 0) {
                best = std::max(best, sums[k - 1]);
            }
            if (i + 1 < count) {
                best = std::max(best, sums[k + 1]);
            }
            next[k] = best + row[first + i];
        }
        std::swap(sums, next);
    }
    return *std::max_element(sums.begin(), sums.end()) / static_cast<float>(std::max(1, to - from));
}

}  // namespace

double middle_line(const cv::Mat& rgba, const GarmentOutline& outline, double from, double to) {
    // The picture at the outline's size, in its place.
    const cv::Matx23d place(outline.scale, 0, (0.5 - outline.origin.x) * outline.scale - 0.5, 0,
                            outline.scale, (0.5 - outline.origin.y) * outline.scale - 0.5);
    cv::Mat gray;
    cv::cvtColor(rgba, gray, cv::COLOR_RGBA2GRAY);
    if (outline.scale < 1) {
        cv::GaussianBlur(gray, gray, {}, 0.4 / outline.scale);
    }
    cv::Mat sized;
    cv::warpAffine(gray, sized, place, outline.mask.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::Mat light;
    sized.convertTo(light, CV_32F);
    cv::GaussianBlur(light, light, {1, 9}, 2);  // a line goes on
    const cv::Rect& box = outline.box;
    const cv::Mat dark = darker_than_beside(light, std::max(2, cvRound(kLine * box.width)));
    const int top = std::clamp(box.y + cvRound(from * box.height), 0, dark.rows - 1);
    const int bottom = std::clamp(box.y + cvRound(to * box.height), top + 1, dark.rows);
    const auto line_at = [&](double off) {
        const double x = outline.axis + off * box.width;
        const int first = std::clamp(cvRound(x - kWindow * box.width), 0, dark.cols - 1);
        const int last = std::clamp(cvRound(x + kWindow * box.width), first, dark.cols - 1);
        return best_path(dark, first, last, top, bottom);
    };
    float elsewhere = 0;
    for (const double off : kElsewhere) {
        elsewhere = std::max(elsewhere, line_at(off));
    }
    return static_cast<double>((line_at(0) + kNoise) / (elsewhere + kNoise));
}

}  // namespace closet
