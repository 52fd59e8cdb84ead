#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>

#include "infer/pose_model.h"
#include "infer/run/network_runner.h"

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
Normalization rtmdet_normalization();

// The parts of MMDetection's RTMDet person detectors that are not the network (test_cfg of
// rtmdet_*_coco-person.py).

/// How a picture lies in a detector's input: shrunk or enlarged to fit, in the top left corner.
struct Letterbox {
    cv::Size content;  ///< what the picture covers, input pixels
    double scale_x;    ///< input pixels a picture pixel
    double scale_y;    ///< a little different where rounding made it so
};

/// As MMDetection sizes it (Resize with keep_ratio): the largest that fits, each side rounded half
/// up, at least one pixel.
Letterbox fit_letterbox(cv::Size picture, cv::Size input);

/// Writes an R G B picture into `input` (CV_8UC3, allocated by the caller) as B G R, bilinear, with
/// gray 114 beside it (MMDetection's Resize and Pad).
void fill_letterbox(const cv::Mat& rgb, const Letterbox& letterbox, cv::Mat& input);

/// Input pixels between the points of each level.
inline constexpr std::array<int, 3> kRtmdetStrides{8, 16, 32};

/// What the network says at one level: a grid of points, one every `stride` input pixels from (0,
/// 0), row by row.
struct RtmdetLevel {
    int stride = 0;                    ///< input pixels: 8, 16, 32
    std::span<const float> logits;     ///< one a point
    std::span<const float> distances;  ///< four a point: from it to the left, top, right, bottom
                                       ///< edge, in strides; their logarithms if `exponential`
};

/// The people, best score first, boxes in pixels of the network's input and not clipped to it:
/// scores above 0.05, at most 1000 a level, without those that overlap a better one by more than
/// 0.6, at most 100. Points whose numbers are not finite, or whose box is inside out, are dropped.
/// Throws ModelError where a level does not have as many points as the input size asks for.
std::vector<PersonBox> decode_rtmdet(std::span<const RtmdetLevel> levels, cv::Size input,
                                     bool exponential);

/// From boxes in input pixels, best first, to the people in the picture, in its pixels: scores
/// above 0.3 and a second non-maximum suppression at 0.3 that counts pixels (bbox_thr and nms_thr
/// of MMPose's topdown_demo_with_mmdet.py), without which one person often has two boxes.
std::vector<PersonBox> people_in_picture(std::vector<PersonBox> boxes, const Letterbox& letterbox);

/// Greedy non-maximum suppression: from the best score down, each box is kept unless it overlaps
/// one that was kept by more than `most_overlap` (intersection over union). Best first; equal
/// scores keep their order. `margin`: added to every extent before areas are taken, for rules that
/// count pixels rather than distances.
std::vector<PersonBox> suppress_overlapping(std::vector<PersonBox> boxes, double most_overlap,
                                            double margin = 0.0);

}  // namespace closet
