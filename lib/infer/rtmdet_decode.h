#pragma once

#include <span>
#include <vector>

#include <opencv2/core/types.hpp>

#include "infer/person_detector.h"

namespace closet {

// The parts of MMDetection's RTMDet person detectors that are not the network (test_cfg of
// rtmdet_*_coco-person.py).

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

}  // namespace closet
