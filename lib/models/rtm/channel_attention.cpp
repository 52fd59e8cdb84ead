#include "models/rtm/channel_attention.h"

#include "models/rtm/conv_bn_act.h"

namespace closet {

NetworkWriter::Value channel_attention(NetworkWriter& net, const std::string& name,
                                       NetworkWriter::Value x) {
    const auto mean = net.graph.global_mean(x);
    const auto weight = conv_with_bias(net, name + ".fc", mean, {.channels = net.graph.channels(x)},
                                       Activation::kHardSigmoid);
    return net.graph.multiply(x, weight);
}

}  // namespace closet
