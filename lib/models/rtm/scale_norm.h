#pragma once

#include <string>

#include "models/rtm/network_writer.h"

namespace closet {

/// Each pixel x of C channels: x / max(|x| / sqrt(C), 1e-5) * g, parameter `<name>.g` [1].
/// mmpose/models/utils/rtmcc_block.py, ScaleNorm (MMPose 1.3.2).
NetworkWriter::Value scale_norm(NetworkWriter& net, const std::string& name,
                                NetworkWriter::Value x);

}  // namespace closet
