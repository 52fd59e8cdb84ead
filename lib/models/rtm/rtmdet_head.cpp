#include "models/rtm/rtmdet_head.h"

#include <string_view>

#include <fmt/format.h>

#include "models/rtm/conv_bn_act.h"

namespace closet {

namespace {

using Value = NetworkWriter::Value;

Value branch(NetworkWriter& net, std::string_view kind, std::size_t level, Value x,
             std::int64_t results, bool separable) {
    constexpr int kStackedConvs = 2;
    const std::int64_t channels = net.graph.channels(x);
    for (int i = 0; i < kStackedConvs; ++i) {
        x = conv_block(net, fmt::format("bbox_head.{}_convs.{}.{}", kind, level, i), x,
                       {.channels = channels, .kernel = 3}, separable);
    }
    return conv_with_bias(net, fmt::format("bbox_head.rtm_{}.{}", kind, level), x,
                          {.channels = results});
}

}  // namespace

void rtmdet_head(NetworkWriter& net, const std::array<Value, 3>& levels, std::int64_t classes,
                 bool separable) {
    constexpr std::int64_t kSides = 4;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        net.graph.label(fmt::format("cls_logits{}", i),
                        branch(net, "cls", i, levels[i], classes, separable));
        net.graph.label(fmt::format("ltrb{}", i),
                        branch(net, "reg", i, levels[i], kSides, separable));
    }
}

}  // namespace closet
