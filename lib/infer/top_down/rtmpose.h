#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
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
class RtmPose : public TopDownPose {
  public:
    /// As TopDownPose. `network`: outputs simcc_x and simcc_y.
    RtmPose(std::unique_ptr<NetworkRunner> network, cv::Size input,
            std::unique_ptr<PersonDetector> detector, bool flip_test = false)
        : TopDownPose(std::move(network), input, std::move(detector), flip_test) {}

    float least_presence() const override;

  protected:
    PoseEstimate interpret(Outputs upright, Outputs mirrored, const Region& region) const override;
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
