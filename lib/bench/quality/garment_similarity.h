#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"
#include "similarity/similarity.h"

namespace closet::bench {

/// What is kept of a dressed frame to compare it with the same frame of another run.
struct DressedPicture {
    cv::Mat luma;       ///< CV_8UC1 or CV_16UC1, own copy; of an RGB frame the green samples
    double peak = 255;  ///< the largest value that `luma` can hold
    cv::Mat1b matte;    ///< 0 where the frame is as it was (see warp/warp.h), own copy
    cv::Mat rgb;        ///< CV_8UC3, square pixels, not turned; empty where nobody looks at it
};

/// How unlike two pictures look, CV_8UC3 RGB of one size (similarity/lpips.h). Nothing for
/// pictures that it cannot tell of.
using PerceptualDistance =
    std::function<std::optional<double>(const cv::Mat& a_rgb, const cv::Mat& b_rgb)>;

/// Copies what is needed. `matte`: CV_8UC1 of the frame's size. Nothing for a frame whose samples
/// are not in memory or not whole bytes.
std::optional<DressedPicture> keep_picture(const AVFrame& frame, const cv::Mat& matte);

/// See compare_dressed.
struct GarmentSimilarity : Similarity {
    std::optional<double> lpips;  ///< 0 and more
};

/// How alike two dressings of one frame are, on the luma samples that either of them painted, and
/// how unlike they look in the box around those. Nothing where neither painted. `distance`: of the
/// pictures' `rgb`; empty: not looked at. Throws std::invalid_argument for pictures of different
/// size or depth.
std::optional<GarmentSimilarity> compare_dressed(const DressedPicture& reference,
                                                 const DressedPicture& tested,
                                                 const PerceptualDistance& distance = {});

/// Which frames of a clip to compare pictures of: evenly spread, the first and the last included,
/// at most kMostPictures and as many as `bytes_a_picture` allows.
std::vector<std::int64_t> frames_to_compare(std::int64_t frames, std::size_t bytes_a_picture);

}  // namespace closet::bench
