#pragma once

#include <cstdint>

#include "models/rtm/gau.h"
#include "models/rtm/network_writer.h"

namespace closet {

struct SimccSize {
    std::int64_t keypoints = 17;
    std::int64_t bins_x = 384, bins_y = 512;  ///< two a pixel of the input picture
    GauSize gau{};

    friend bool operator==(const SimccSize&, const SimccSize&) = default;
};

/// What RTMPose makes of the last stage, H x W x C: where each keypoint is, as logits over the
/// columns and over the rows (SimCC). mmpose/models/heads/coord_cls_heads/rtmcc_head.py, RTMCCHead
/// (MMPose 1.3.2). Parameters under "head.".
///
/// Outputs "simcc_x", 1 x keypoints x 1 x bins_x, and "simcc_y", 1 x keypoints x 1 x bins_y: the
/// highest bin / 2 is the keypoint's place in pixels. Labels "head_final_layer" (H x W x
/// keypoints), "head_mlp0_scalenorm", "head_mlp1" and those of `gau`.
void simcc_head(NetworkWriter& net, NetworkWriter::Value features, const SimccSize& size);

}  // namespace closet
