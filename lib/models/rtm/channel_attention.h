#pragma once

#include <string>

#include "models/rtm/network_writer.h"

namespace closet {

/// Weighs each channel by what the picture's mean says of it: x * hardsigmoid(fc(mean(x))), fc a
/// 1 x 1 convolution with bias. H x W x C stays H x W x C. mmdet/models/layers/se_layer.py,
/// ChannelAttention (MMDetection 3.3.0).
NetworkWriter::Value channel_attention(NetworkWriter& net, const std::string& name,
                                       NetworkWriter::Value x);

}  // namespace closet
