#pragma once

#include <array>
#include <cstdint>

#include "models/rtm/network_writer.h"

namespace closet {

/// RTMDet's head: for each pixel of each level the classes' logits and the box's four sides, from
/// two branches of two convolutions each. mmdet/models/dense_heads/rtmdet_head.py,
/// RTMDetSepBNHead (MMDetection 3.3.0). Parameters under "bbox_head.".
///
/// The levels of the larger models share their convolutions' weights but not the normalisation
/// after them; a checkpoint names them once a level, and folded they differ.
///
/// Labels, for level i = 0 to 2: "cls_logits{i}", H x W x classes, and "ltrb{i}", H x W x 4, the
/// raw regression; see RtmDetArchitecture for what makes pixels of it.
void rtmdet_head(NetworkWriter& net, const std::array<NetworkWriter::Value, 3>& levels,
                 std::int64_t classes, bool separable);

}  // namespace closet
