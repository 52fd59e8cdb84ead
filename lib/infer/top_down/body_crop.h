#pragma once

#include <functional>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "infer/pose_model.h"
#include "infer/region.h"
#include "infer/run/network_runner.h"

namespace closet {

// How the top-down pose networks of MMPose and of HRNet's own repository see a person whose box is
// known: an upright rectangle of the network's aspect around the box. The rectangle is a Region
// whose side is its height.

/// The rectangle for a bounding box in view pixels: the box enlarged by 1.25 (GetBBoxCenterScale's
/// padding) and then, in one direction, until it has the aspect of `input` (TopdownAffine).
Region region_of_body_box(const Box& box, cv::Size input);

/// Maps pixels of a crop of size `input` to view pixels: pixel (width / 2, height / 2) is the
/// region's center and `height` pixels are its side (get_warp_matrix: whole numbers are pixel
/// centers in both pictures).
cv::Matx23d view_from_body_crop(const Region& region, cv::Size input);

/// Writes the rectangle, turned upright, into `crop` (CV_8UC3, of the network's input size,
/// allocated by the caller): bilinear, black outside of the picture.
void crop_body(const cv::Mat& rgb, const Region& region, cv::Mat& crop);

/// A keypoint as a network's output gives it.
struct CropPoint {
    float x = 0;      ///< pixels of the network's input; of no meaning where rejected
    float y = 0;      ///< pixels of the network's input; of no meaning where rejected
    float score = 0;  ///< as the network gives it: may exceed 1; a point whose score is not above 0
                      ///< is rejected

    bool accepted() const { return score > 0.0F; }
};

/// The estimate of the points found in the crop of `region`. Keypoints have scores of 0..1 (a
/// network's own may exceed 1). One that was rejected has a score of 0 and lies in the middle of
/// the region, where the reference would put it beyond the crop's corner and so stretch the
/// person's box. Presence is the mean of the scores. The next region is that around the keypoints
/// with at least `least_score`.
PoseEstimate estimate_of(std::span<const CropPoint> points, const Region& region, cv::Size input,
                         float least_score);

/// Runs the network over the crop of each input and, for the flip test, over its mirror image,
/// whose outputs are empty otherwise. `take` may run on any thread, several at a time.
using TakeCrop = std::function<void(std::size_t index, Outputs upright, Outputs mirrored)>;
void run_body_crops(NetworkRunner& network, std::span<const PoseInput> inputs, bool flip_test,
                    const TakeCrop& take);

/// The keypoint of COCO's 17 on the other side of the body.
std::size_t other_side(std::size_t keypoint);

}  // namespace closet
