#include "models/rtm/csp_layer.h"

#include <fmt/format.h>

#include "models/rtm/channel_attention.h"
#include "models/rtm/conv_bn_act.h"

namespace closet {

namespace {

using Value = NetworkWriter::Value;

// A 3 x 3 convolution, then a separable 5 x 5 one. The residual comes after the last activation.
Value cspnext_block(NetworkWriter& net, const std::string& name, Value x,
                    const CspLayerOptions& options) {
    const std::int64_t channels = net.graph.channels(x);
    const Value y =
        conv_block(net, name + ".conv1", x, {.channels = channels, .kernel = 3}, options.separable);
    return depthwise_separable(net, name + ".conv2", y, {.channels = channels, .kernel = 5},
                               options.residual ? std::optional(x) : std::nullopt);
}

}  // namespace

Value csp_layer(NetworkWriter& net, const std::string& name, Value x,
                const CspLayerOptions& options) {
    const ConvSize half{.channels = options.channels / 2};
    const Value around = conv_bn_act(net, name + ".short_conv", x, half);
    Value through = conv_bn_act(net, name + ".main_conv", x, half);
    for (std::int64_t i = 0; i < options.blocks; ++i) {
        through = cspnext_block(net, fmt::format("{}.blocks.{}", name, i), through, options);
    }
    Value y = net.graph.concat({through, around});
    if (options.attention) {
        y = channel_attention(net, name + ".attention", y);
    }
    return conv_bn_act(net, name + ".final_conv", y, {.channels = options.channels});
}

}  // namespace closet
