#include "models/rtm/cspnext_pafpn.h"

#include <string>

#include <fmt/format.h>

#include "models/rtm/conv_bn_act.h"
#include "models/rtm/csp_layer.h"

namespace closet {

namespace {

using Value = NetworkWriter::Value;

struct Neck {
    NetworkWriter& net;
    const CspNextSize& size;

    Value mix(const std::string& name, std::vector<Value> parts, std::int64_t channels) const {
        constexpr std::int64_t kBlocks = 3;  // num_csp_blocks of the largest; m has 2, s and less 1
        return csp_layer(
            net, "neck." + name, net.graph.concat(parts),
            {.channels = channels, .blocks = size.deepened(kBlocks), .separable = size.separable});
    }
    Value reduce(int index, Value x, std::int64_t channels) const {
        return conv_bn_act(net, fmt::format("neck.reduce_layers.{}", index), x,
                           {.channels = channels});
    }
    Value downsample(int index, Value x) const {
        return conv_block(net, fmt::format("neck.downsamples.{}", index), x,
                          {.channels = net.graph.channels(x), .kernel = 3, .stride = 2},
                          size.separable);
    }
};

}  // namespace

std::array<Value, 3> cspnext_pafpn(NetworkWriter& net, const std::array<Value, 3>& stages,
                                   const CspNextSize& size) {
    const Neck neck{.net = net, .size = size};
    GraphWriter& graph = net.graph;
    const auto& [c2, c3, c4] = stages;
    const std::int64_t channels2 = graph.channels(c2);
    const std::int64_t channels3 = graph.channels(c3);

    const Value t4 = neck.reduce(0, c4, channels3);
    const Value p3 = neck.mix("top_down_blocks.0", {graph.repeat(t4, 2), c3}, channels3);
    const Value t3 = neck.reduce(1, p3, channels2);
    const Value p2 = neck.mix("top_down_blocks.1", {graph.repeat(t3, 2), c2}, channels2);
    // On the way up the reduced pictures come in again, not what was mixed from them.
    const Value n3 = neck.mix("bottom_up_blocks.0", {neck.downsample(0, p2), t3}, channels3);
    const Value n4 =
        neck.mix("bottom_up_blocks.1", {neck.downsample(1, n3), t4}, graph.channels(c4));

    std::array<Value, 3> levels{p2, n3, n4};
    for (std::size_t i = 0; i < levels.size(); ++i) {
        levels[i] = conv_block(net, fmt::format("neck.out_convs.{}", i), levels[i],
                               {.channels = channels2, .kernel = 3}, size.separable);
        graph.label(fmt::format("neck_out{}", i), levels[i]);
    }
    return levels;
}

}  // namespace closet
