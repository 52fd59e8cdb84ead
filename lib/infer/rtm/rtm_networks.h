#pragma once

#include <memory>
#include <string_view>

#include "models/network.h"

namespace closet {

// RTMPose and RTMDet from checkpoints, RTMPose from .onnx files too, by a name of the store or by
// path. Whoever asks for the same file in the same way while somebody still holds the network gets
// that one.

struct RtmLoad {
    NetworkOptions network;
    bool allow_partial = false;  ///< weights that the file lacks keep their start values, and a
                                 ///< warning says which
};

/// Outputs simcc_x and simcc_y for 17 keypoints. Throws ModelError where the file is missing or is
/// no such RTMPose.
std::shared_ptr<const Network> load_rtmpose_network(std::string_view name_or_path,
                                                    const RtmLoad& load);

/// A detector for people only, and what its distances are.
struct RtmdetNetwork {
    std::shared_ptr<const Network> network;  ///< class logits of each level, then distances
    bool exponential = true;                 ///< distances are logarithms
};

/// Throws ModelError where the file is missing, is no RTMDet or knows other classes than people.
RtmdetNetwork load_rtmdet_network(std::string_view name_or_path, const RtmLoad& load);

}  // namespace closet
