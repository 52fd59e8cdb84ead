#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"

namespace closet::bench {

/// What is kept of a dressed frame to compare it with the same frame of another run.
struct DressedPicture {
    cv::Mat luma;       ///< CV_8UC1 or CV_16UC1, own copy; of an RGB frame the green samples
    double peak = 255;  ///< the largest value that `luma` can hold
    cv::Mat1b matte;    ///< 0 where the frame is as it was (see warp/warp.h), own copy
};

/// Copies what is needed. `matte`: CV_8UC1 of the frame's size. Nothing for a frame whose samples
/// are not in memory or not whole bytes.
std::optional<DressedPicture> keep_picture(const AVFrame& frame, const cv::Mat& matte);

/// See compare_dressed.
struct GarmentSimilarity {
    double ssim = 0;     ///< -1..1
    double psnr_db = 0;  ///< at most kSameDb, which stands for identical pictures
    static constexpr double kSameDb = 100;
};

/// How alike two dressings of one frame are, on the luma samples that either of them painted: mean
/// structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004: Gaussian window of sigma 1.5
/// over 11 x 11 samples, K1 = 0.01, K2 = 0.03) and peak signal-to-noise ratio. Nothing where
/// neither painted. Throws std::invalid_argument for pictures of different size or depth.
std::optional<GarmentSimilarity> compare_dressed(const DressedPicture& reference,
                                                 const DressedPicture& tested);

/// Which frames of a clip to compare pictures of: evenly spread, the first and the last included,
/// at most kMostPictures and as many as `bytes_a_picture` allows.
std::vector<std::int64_t> frames_to_compare(std::int64_t frames, std::size_t bytes_a_picture);

}  // namespace closet::bench
