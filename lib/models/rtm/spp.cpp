#include "models/rtm/spp.h"

#include "models/rtm/conv_bn_act.h"

namespace closet {

NetworkWriter::Value spp(NetworkWriter& net, const std::string& name, NetworkWriter::Value x) {
    constexpr std::int64_t kPool = 5;
    const std::int64_t channels = net.graph.channels(x);
    const auto half = conv_bn_act(net, name + ".conv1", x, {.channels = channels / 2});
    // The maximum of 5 x 5 maxima of 5 x 5 pixels is that of 9 x 9, and once more of 13 x 13: the
    // three sizes of the original, with less work.
    const auto pool5 = net.graph.max_pool(half, kPool);
    const auto pool9 = net.graph.max_pool(pool5, kPool);
    const auto pool13 = net.graph.max_pool(pool9, kPool);
    const auto all = net.graph.concat({half, pool5, pool9, pool13});
    return conv_bn_act(net, name + ".conv2", all, {.channels = channels});
}

}  // namespace closet
