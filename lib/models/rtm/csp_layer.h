#pragma once

#include <cstdint>
#include <string>

#include "models/rtm/network_writer.h"

namespace closet {

struct CspLayerOptions {
    std::int64_t channels = 0;  ///< of the result; half as many inside
    std::int64_t blocks = 1;
    bool residual = false;   ///< each block adds its input to its result
    bool attention = false;  ///< channel attention before the last convolution
    bool separable = false;  ///< the blocks' first convolution too, not only the second
};

/// Cross-stage partial layer (CSP) of CSPNeXt: half of the channels pass the blocks, the other half
/// go around them. H x W x C becomes H x W x channels. mmdet/models/layers/csp_layer.py, CSPLayer
/// with CSPNeXtBlock (MMDetection 3.3.0).
NetworkWriter::Value csp_layer(NetworkWriter& net, const std::string& name, NetworkWriter::Value x,
                               const CspLayerOptions& options);

}  // namespace closet
