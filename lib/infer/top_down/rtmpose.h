#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include "core/pose.h"
#include "infer/pose_model.h"
#include "infer/region.h"
#include "infer/run/network_runner.h"
#include "infer/top_down/body_crop.h"

namespace closet {

/// MMPose's RTMPose, a top-down network for 17 keypoints of a person whose box is known. Crop and
/// decoding are MMPose's.
class RtmPose : public PoseModel {
  public:
    /// `network`: outputs simcc_x and simcc_y for crops of `input` size. `detector` finds people.
    /// `flip_test`: the mirror image is looked at too, and both count.
    RtmPose(std::unique_ptr<NetworkRunner> network, cv::Size input,
            std::unique_ptr<PersonDetector> detector, bool flip_test = false);

    Skeleton skeleton() const override { return Skeleton::kCoco17; }
    float least_presence() const override;
    bool takes_flip_test() const override { return true; }
    Region region_of_box(const Box& box, cv::Size picture) const override;
    std::vector<std::vector<Region>> find(std::span<const cv::Mat> pictures) override;
    std::vector<PoseEstimate> estimate(std::span<const PoseInput> inputs) override;

  private:
    std::unique_ptr<NetworkRunner> network_;
    cv::Size input_;
    std::unique_ptr<PersonDetector> detector_;
    bool flip_test_;
};

/// What the outputs for one input say. `simcc_x`, `simcc_y`: logits of the 17 keypoints of COCO,
/// and after them those of any others, which are not read; `input`: size of the crop. Throws
/// ModelError for fewer of them.
PoseEstimate interpret_simcc(std::span<const float> simcc_x, std::span<const float> simcc_y,
                             const Region& region, cv::Size input);

/// Bins of SimCC's axes a pixel of the network's input (simcc_split_ratio of RTMPose's configs).
inline constexpr int kSimccBinsPerPixel = 2;

/// Reads keypoints off the logits along each axis, as MMPose does (SimCCLabel.decode without
/// refinement): the first highest bin of each axis, and the lower of both peaks as the score. A
/// point with a logit that is no finite number is rejected with a score of 0; rejected ones lie at
/// (-0.5, -0.5).
///
/// `x`, `y`: `points` rows of bins each. Throws ModelError where they cannot be cut into as many
/// equal rows.
std::vector<CropPoint> decode_simcc(std::span<const float> x, std::span<const float> y,
                                    std::size_t points);

}  // namespace closet
