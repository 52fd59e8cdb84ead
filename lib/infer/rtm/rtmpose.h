#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/matx.hpp>
#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "infer/pose_model.h"
#include "infer/region.h"
#include "infer/run/network_runner.h"

namespace closet {

/// MMPose's RTMPose, a top-down network for 17 keypoints of a person whose box is known. Crop and
/// decoding are MMPose's; the flip test of its published scores, a second pass over the mirrored
/// crop, is not run.
///
/// An estimate's keypoints have scores of 0..1 (a network's own may exceed 1). One that the decoder
/// rejects has a score of 0 and lies in the middle of the region, where the reference would put it
/// beyond the crop's corner and so stretch the person's box. Presence is the mean of the scores.
class RtmPose : public PoseModel {
  public:
    /// `network`: outputs simcc_x and simcc_y for crops of `input` size. `detector` finds people.
    RtmPose(std::unique_ptr<NetworkRunner> network, cv::Size input,
            std::unique_ptr<PersonDetector> detector);

    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    float least_presence() const override;
    Region region_of_box(const Box& box, cv::Size picture) const override;
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override;
    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override;

  private:
    std::unique_ptr<NetworkRunner> network_;
    cv::Size input_;
    std::unique_ptr<PersonDetector> detector_;
};

/// What RTMPose expects of R G B pictures (PoseDataPreprocessor of its configs).
Normalization rtmpose_normalization();

/// What the outputs for one input say. `simcc_x`, `simcc_y`: logits of the 17 keypoints of COCO,
/// and after them those of any others, which are not read; `input`: size of the crop. Throws
/// ModelError for fewer of them.
PoseEstimate interpret_simcc(std::span<const float> simcc_x, std::span<const float> simcc_y,
                             const Region& region, cv::Size input);

// How top-down pose networks of MMPose see a person: an upright rectangle of the network's aspect
// around the person's bounding box. The rectangle is a Region whose side is its height.

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

/// Bins of SimCC's axes a pixel of the network's input (simcc_split_ratio of RTMPose's configs).
inline constexpr int kSimccBinsPerPixel = 2;

/// A keypoint as SimCC's two axes give it.
struct SimccPoint {
    float x = 0;      ///< pixels of the network's input; -0.5 where rejected
    float y = 0;      ///< pixels of the network's input; -0.5 where rejected
    float score = 0;  ///< the lower of the two peaks, as the network gives it: may exceed 1; a
                      ///< point whose score is not above 0 is rejected

    bool accepted() const { return score > 0.0F; }
};

/// Reads keypoints off the logits along each axis, as MMPose does (SimCCLabel.decode without
/// refinement): the first highest bin of each axis, and the lower of both peaks as the score. A
/// point with a logit that is no finite number is rejected with a score of 0.
///
/// `x`, `y`: `points` rows of bins each. Throws ModelError where they cannot be cut into as many
/// equal rows.
std::vector<SimccPoint> decode_simcc(std::span<const float> x, std::span<const float> y,
                                     std::size_t points);

}  // namespace closet
