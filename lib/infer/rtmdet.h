#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include <opencv2/core/types.hpp>

#include "infer/letterbox.h"
#include "infer/network_runner.h"
#include "infer/person_detector.h"

namespace closet {

/// MMDetection's RTMDet for people: picture to boxes as MMPose's top-down demo has it.
class RtmDet : public PersonDetector {
  public:
    /// `network`: for inputs of `input` size, B G R; outputs: class logits of the strides 8, 16 and
    /// 32, then their distances. `exponential`: the distances are logarithms (all but nano).
    RtmDet(std::unique_ptr<NetworkRunner> network, cv::Size input, bool exponential);

    std::vector<std::vector<PersonBox>> find(std::span<const cv::Mat> pictures) override;

  private:
    std::unique_ptr<NetworkRunner> network_;
    cv::Size input_;
    bool exponential_;
};

/// What RTMDet expects of B G R pictures (DetDataPreprocessor of its configs).
Normalisation rtmdet_normalisation();

/// Input pixels between the points of each level.
inline constexpr std::array<int, 3> kRtmdetStrides{8, 16, 32};

/// From boxes in input pixels, best first, to the people in the picture, in its pixels: scores
/// above 0.3 and a second non-maximum suppression at 0.3 that counts pixels (bbox_thr and nms_thr
/// of MMPose's topdown_demo_with_mmdet.py), without which one person often has two boxes.
std::vector<PersonBox> people_in_picture(std::vector<PersonBox> boxes, const Letterbox& letterbox);

}  // namespace closet
