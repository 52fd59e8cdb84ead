#pragma once

#include <string>

#include <opencv2/core/mat.hpp>

#include "core/error.h"
#include "warp/garment/photo/ground.h"

namespace closet::flags {
inline constexpr const char* kMask = "--mask";
}  // namespace closet::flags

namespace closet {

/// A photo's ground is not plain: other means than that may find the garment.
class NoPlainGround : public ConfigError {
  public:
    using ConfigError::ConfigError;
};

/// Somebody wears the garment in the photo.
class ShowsPerson : public ConfigError {
  public:
    using ConfigError::ConfigError;
};

// What a product photo must be. Each throws ConfigError: one sentence with the remedy; `name` is
// what it calls the photo.

/// At least so large that something can be seen, and CV_8UC3.
void check_size(const cv::Mat& rgb, const std::string& name);

/// Most of the picture's border is of one color; throws NoPlainGround.
void check_ground(const Ground& ground, const std::string& name);

/// The best overlap (IoU, 0..1) of a silhouette (CV_8UC1, not empty) with its mirror image about an
/// upright axis near the middle of its box, and where that is. Its box is looked at with `side`
/// (8 or more) pixels a side. Throws nothing.
struct Symmetry {
    double overlap = 0;
    double axis = 0;  ///< x, in pixels of the silhouette
};
inline constexpr int kMirrorSide = 96;
Symmetry best_mirror(const cv::Mat& garment, int side = kMirrorSide);

/// There is one thing on the ground that is no person (throws ShowsPerson), of a garment's
/// proportions and about symmetric, which leaves the picture on one side at most. `rgb` is CV_8UC3,
/// `garment` CV_8UC1 of its size, 255 inside; it may be all 0.
void check_silhouette(const cv::Mat& rgb, const cv::Mat& garment, const std::string& name);

}  // namespace closet
