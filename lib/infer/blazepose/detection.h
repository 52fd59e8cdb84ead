#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include "infer/region.h"

namespace closet {

// The parts of BlazePose's person detector that are not the network (MediaPipe's
// pose_detection_cpu graph; parameters from its expanded form).

inline constexpr int kDetectorSize = 224;            ///< side of its input picture, pixels
inline constexpr std::size_t kAnchorCount = 2254;    ///< 28x28x2 + 14x14x2 + 7x7x6
inline constexpr std::size_t kDetectionValues = 12;  ///< x, y, w, h and four points

/// A person found. Coordinates in shares of the detector's square picture, 0..1.
struct Detection {
    float score = 0;                    ///< 0..1
    cv::Rect2f box;                     ///< of the face
    std::array<cv::Point2f, 4> points;  ///< middle of the hips, circle around the body, and the
                                        ///< same two for the upper body
};

/// Centers of the anchors in shares of the picture, in the order of the network's rows.
const std::vector<cv::Point2f>& anchors();

/// The rows of the network with a score of at least `threshold`. `boxes`: kAnchorCount rows of
/// kDetectionValues pixels relative to their anchors; `scores`: as many logits. Rows that hold no
/// finite numbers or a negative size are dropped.
std::vector<Detection> decode_detections(std::span<const float> boxes,
                                         std::span<const float> scores, float threshold);

/// Weighted non-maximum suppression, best first: detections that overlap the best one by more than
/// `min_overlap` (intersection over union) are averaged with their scores as weights; the result
/// keeps the best score.
std::vector<Detection> merge_overlapping(std::vector<Detection> detections, float min_overlap);

/// The square around a whole picture: the detector's region.
Region letterbox(cv::Size picture);

/// Where the landmark network looks for a person found in a picture of this size, view pixels.
Region region_of_detection(const Detection& detection, cv::Size picture);

}  // namespace closet
