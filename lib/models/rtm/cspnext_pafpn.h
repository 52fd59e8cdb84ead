#pragma once

#include <array>

#include "models/rtm/cspnext.h"

namespace closet {

/// CSPNeXtPAFPN, RTMDet's neck: mixes the backbone's stages 2, 3 and 4 top-down, then bottom-up.
/// Three pictures at 1/8, 1/16 and 1/32 of the input's size become three of the same sizes, each
/// with as many channels as stage 2. mmdet/models/necks/cspnext_pafpn.py, CSPNeXtPAFPN (MMDetection
/// 3.3.0). Labels "neck_out0" to 2; parameters under "neck.".
std::array<NetworkWriter::Value, 3> cspnext_pafpn(NetworkWriter& net,
                                                  const std::array<NetworkWriter::Value, 3>& stages,
                                                  const CspNextSize& size);

}  // namespace closet
