#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <opencv2/core/mat.hpp>

#include "infer/region.h"

namespace closet {

// The parts of BlazePose's landmark network that are not the network (MediaPipe's
// pose_landmark_by_roi graph; parameters from its expanded form).

inline constexpr int kLandmarkCropSize = 256;      ///< side of its input picture, pixels
inline constexpr std::size_t kLandmarkCount = 39;  ///< 33 of the body, 2 for tracking, 4 unused
inline constexpr std::size_t kLandmarkValues = 5;  ///< x, y, z, visibility and presence logits
inline constexpr int kHeatMapSize = 64;            ///< cells along each side

struct Landmark {
    double x = 0;  ///< as decoded: shares of the region, 0..1; by `to_view`: view pixels
    double y = 0;
    double z = 0;           ///< same scale as x, 0 at the hips, smaller is nearer
    double visibility = 0;  ///< 0..1, in the picture and not hidden
    double presence = 0;    ///< 0..1, in the picture
};
using Landmarks = std::array<Landmark, kLandmarkCount>;

/// `values`: kLandmarkCount x kLandmarkValues in pixels of the crop. Throws ModelError where there
/// are fewer.
Landmarks decode_landmarks(std::span<const float> values);

/// Moves x and y to the center of gravity of the heat map around them: 7 x 7 cells, where it
/// reaches a probability of 0.5. `heat_map`: logits, kHeatMapSize rows of as many cells of
/// kLandmarkCount landmarks. Throws ModelError where there are fewer.
void refine_landmarks(Landmarks& landmarks, std::span<const float> heat_map);

/// From shares of the region to view pixels.
Landmarks to_view(const Landmarks& landmarks, const Region& region);

/// Where to look for the person in the next picture: by landmarks 33 and 34, which the network
/// puts on the middle of the hips and on the circle around the body. Takes and gives view pixels.
Region region_of_landmarks(const Landmarks& landmarks);

/// The person's probability x 255, CV_8UC1 of `size` x `size`, from as many logits. Throws
/// ModelError where there are fewer.
cv::Mat person_probability(std::span<const float> logits, int size);

}  // namespace closet
