#pragma once

#include <optional>

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"

namespace closet {

/// The luma samples of a picture.
struct Luma {
    cv::Mat samples;    ///< CV_8UC1 or CV_16UC1, own copy; of an RGB frame the green samples
    double peak = 255;  ///< the largest value that `samples` can hold
};

/// Nothing for a frame whose samples are not in memory, not whole bytes, or of other than 8 to 16
/// bits.
std::optional<Luma> luma_of(const AVFrame& frame);

/// How alike two pictures are, by their luma.
struct Similarity {
    double ssim = 0;     ///< -1..1
    double psnr_db = 0;  ///< at most kSameDb, which stands for identical pictures
    static constexpr double kSameDb = 100;
};

/// Mean structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004: Gaussian window of sigma
/// 1.5 over 11 x 11 samples, K1 = 0.01, K2 = 0.03, edges mirrored) and peak signal-to-noise ratio
/// of samples in 0..`peak`. `inside`: CV_8UC1 of the same size, only samples where it is not 0
/// count; empty: all. Throws std::invalid_argument for pictures of different size.
Similarity measure_similarity(const cv::Mat& a, const cv::Mat& b, double peak,
                              const cv::Mat& inside = cv::Mat());

/// How far around a sample its similarity depends on the picture, samples.
inline constexpr int kSimilarityReachPx = 5;

}  // namespace closet
