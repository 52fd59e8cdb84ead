#include <algorithm>
#include <cmath>
#include <cstdint>

#include <opencv2/core.hpp>

#include "infer/clip/clip_embedder.h"
#include "infer/cutter/resample.h"

namespace closet {
namespace {

cv::Mat on_white(const cv::Mat& picture) {
    if (picture.channels() == 3) {
        return picture;
    }
    constexpr int kWhite = 255;
    cv::Mat rgb(picture.size(), CV_8UC3);
    for (int y = 0; y < picture.rows; ++y) {
        for (int x = 0; x < picture.cols; ++x) {
            const auto& from = picture.at<cv::Vec4b>(y, x);
            const int alpha = from[3];
            for (int c = 0; c < 3; ++c) {
                const int mixed = from[c] * alpha + kWhite * (kWhite - alpha);
                rgb.at<cv::Vec3b>(y, x)[c] = static_cast<uchar>((mixed + kWhite / 2) / kWhite);
            }
        }
    }
    return rgb;
}

/// `size` pixels in the middle of `length`, from where on; halves to even, as Python rounds.
int middle_of(int length, int size) {
    return static_cast<int>(std::nearbyint((length - size) / 2.0));
}

cv::Mat middle_of(const cv::Mat& picture, cv::Size size) {
    return picture({middle_of(picture.cols, size.width), middle_of(picture.rows, size.height),
                    size.width, size.height});
}

}  // namespace

cv::Mat clip_crop(const cv::Mat& picture, int side) {
    constexpr int kMostLength = 16;  // sides; more would only cost memory
    const int shorter = std::min(picture.cols, picture.rows);
    const auto most = static_cast<int>(std::min<std::int64_t>(
        std::int64_t{kMostLength} * shorter, std::max(picture.cols, picture.rows)));
    const cv::Mat whole =
        on_white(middle_of(picture, {std::min(picture.cols, most), std::min(picture.rows, most)}));
    const auto scaled = [&](int length) {
        return static_cast<int>(std::int64_t{side} * length / shorter);
    };
    const cv::Mat resized =
        resample(whole, {scaled(whole.cols), scaled(whole.rows)}, ResampleFilter::kBicubic);
    return middle_of(resized, {side, side}).clone();
}

}  // namespace closet
