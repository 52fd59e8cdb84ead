#pragma once

#include <memory>
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

/// What the networks share: a detector finds people, and the network looks at the crop of each one
/// and, for the flip test, at its mirror image.
class TopDownPose : public PoseModel {
  public:
    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    bool takes_flip_test() const override { return true; }
    Region region_of_box(const Box& box, cv::Size picture) const override;
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override;
    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override;

  protected:
    /// `network` takes crops of `input` size. `detector` finds people. `flip_test`: the mirror
    /// image is looked at too, and both count.
    TopDownPose(std::unique_ptr<NetworkRunner> network, cv::Size input,
                std::unique_ptr<PersonDetector> detector, bool flip_test);

    cv::Size input() const { return input_; }

    /// What the network's outputs for the crop of a region say. `mirrored`: for the mirror image,
    /// empty without the flip test. On any thread, several at a time.
    virtual PoseEstimate interpret(Outputs upright, Outputs mirrored,
                                   const Region& region) const = 0;

  private:
    std::unique_ptr<NetworkRunner> network_;
    cv::Size input_;
    std::unique_ptr<PersonDetector> detector_;
    bool flip_test_;
};

/// The keypoint of COCO's 17 on the other side of the body.
std::size_t other_side(std::size_t keypoint);

}  // namespace closet
