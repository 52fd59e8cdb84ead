#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "models/networks/graph_writer.h"
#include "models/networks/state_dict.h"

namespace closet {

/// How large a CSPNeXt is, as OpenMMLab's configurations say it.
struct CspNextSize {
    double widen = 1;        ///< factor on the channels: 64, 128, 256, 512, 1024
    double deepen = 1;       ///< factor on the blocks a stage: 3, 6, 6, 3
    bool separable = false;  ///< depthwise separable instead of dense 3 x 3 convolutions

    /// Channels of the stem (0) and of stages 1 to 4.
    std::int64_t channels(std::size_t stage) const;
    /// Blocks of stages 1 to 4, at least 1.
    std::int64_t blocks(std::size_t stage) const;
    /// `base` blocks times the depth factor, rounded, at least 1.
    std::int64_t deepened(std::int64_t base) const;

    friend bool operator==(const CspNextSize&, const CspNextSize&) = default;
};

/// CSPNeXt, the backbone of RTMPose and RTMDet, for pictures whose sides are multiples of 32.
/// mmdet/models/backbones/cspnext.py, CSPNeXt with arch P5 (MMDetection 3.3.0; the one of MMPose
/// 1.3.2 is the same).
///
/// H x W x 3 becomes, by stage, H/4 x W/4 x 128, H/8 x W/8 x 256, H/16 x W/16 x 512 and
/// H/32 x W/32 x 1024, channels times the width factor. Labels "backbone_stem" (H/2 x W/2 x 64) and
/// "backbone_stage1" to 4. Parameters under "backbone.".
std::array<NetworkWriter::Value, 4> cspnext(NetworkWriter& net, NetworkWriter::Value picture,
                                            const CspNextSize& size);

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

/// The size of the backbone in a checkpoint whose last stage has `last_channels` channels; depth
/// and kind of convolution come from its keys. Throws ModelError where no such width is known;
/// `family` is for the message.
CspNextSize known_size(const StateDict& state, std::int64_t last_channels,
                       const std::string& family);

/// OpenMMLab's name of a size, e.g. "s"; else its factors, "widen0.5-deepen1".
std::string size_name(const CspNextSize& size);

}  // namespace closet
