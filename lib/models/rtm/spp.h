#pragma once

#include <string>

#include "models/rtm/network_writer.h"

namespace closet {

/// Spatial pyramid pooling (SPP): each pixel sees its neighbourhood at three sizes. H x W x C stays
/// H x W x C. mmpose/models/backbones/csp_darknet.py, SPPBottleneck (MMPose 1.3.2).
NetworkWriter::Value spp(NetworkWriter& net, const std::string& name, NetworkWriter::Value x);

}  // namespace closet
