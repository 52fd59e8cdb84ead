#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "core/pose.h"

namespace closet {

/// A face found in a picture.
struct Face {
    Box box;          ///< chin to forehead, pixels of the picture; may reach out of it
    float score = 0;  ///< 0..1
    /// Eyes, nose, corners of the mouth; the left ones as seen in the picture first.
    std::array<cv::Point2f, 5> points{};
};

/// What a network makes of a face: a vector of length 1. Those of one person point the same way.
using Embedding = std::vector<float>;

/// The cosine between two embeddings, -1..1; 0 where their lengths differ.
float similarity(const Embedding& a, const Embedding& b);

/// The similarity transform (turn, scale, shift; no mirror) that takes `from` to `to` with the
/// least sum of squared distances (Umeyama 1991). At least two points, as many of each.
cv::Matx23d best_similarity(std::span<const cv::Point2f> from, std::span<const cv::Point2f> to);

/// A picture of type CV_8UC3 moved by a similarity onto `result`, which has its size: bilinear,
/// after means over areas where more than two pixels of the picture fall on one. `beyond`: what
/// lies around the picture; nothing: its last pixels go on. The scale is finite and above 0.
void warp_similarity(const cv::Mat& picture, const cv::Matx23d& result_from_picture,
                     cv::Mat& result, const std::optional<cv::Scalar>& beyond);

/// The face turned upright with eyes, nose and mouth where ArcFace's networks expect them (the 112
/// x 112 template of insightface). `picture` and `aligned`: CV_8UC3; the latter is 112 x 112.
void align_face(const cv::Mat& picture, const Face& face, cv::Mat& aligned);

/// The face's box, cut off at the picture's edges and resized to the size of `crop` without
/// keeping its proportions: extract_face of facenet-pytorch 2.6.0 without margin, which resizes as
/// Pillow does, with a triangle as wide as the pixels of `crop`. Both CV_8UC3. False where nothing
/// of the box lies in the picture; `crop` is black then.
bool crop_face(const cv::Mat& picture, const Face& face, cv::Mat& crop);

}  // namespace closet
