#include "models/rtm/cspnext.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "models/rtm/conv_bn_act.h"
#include "models/rtm/csp_layer.h"
#include "models/rtm/spp.h"

namespace closet {

namespace {

using Value = NetworkWriter::Value;

Value stem(NetworkWriter& net, Value x, const CspNextSize& size) {
    const std::int64_t channels = size.channels(0);
    x = conv_bn_act(net, "backbone.stem.0", x,
                    {.channels = channels / 2, .kernel = 3, .stride = 2});
    x = conv_bn_act(net, "backbone.stem.1", x, {.channels = channels / 2, .kernel = 3});
    return conv_bn_act(net, "backbone.stem.2", x, {.channels = channels, .kernel = 3});
}

Value stage(NetworkWriter& net, Value x, const CspNextSize& size, std::size_t number) {
    // The last stage has SPP instead of residuals.
    const bool last = number == 4;
    const std::string name = fmt::format("backbone.stage{}", number);
    const std::int64_t channels = size.channels(number);
    x = conv_block(net, name + ".0", x, {.channels = channels, .kernel = 3, .stride = 2},
                   size.separable);
    if (last) {
        x = spp(net, name + ".1", x);
    }
    return csp_layer(net, name + (last ? ".2" : ".1"), x,
                     {.channels = channels,
                      .blocks = size.blocks(number),
                      .residual = !last,
                      .attention = true,
                      .separable = size.separable});
}

}  // namespace

std::int64_t CspNextSize::channels(std::size_t stage) const {
    constexpr std::array<int, 5> kBase{64, 128, 256, 512, 1024};
    return static_cast<std::int64_t>(kBase[stage] * widen);
}

std::int64_t CspNextSize::blocks(std::size_t stage) const {
    constexpr std::array<int, 5> kBase{0, 3, 6, 6, 3};
    return deepened(kBase[stage]);
}

std::int64_t CspNextSize::deepened(std::int64_t base) const {
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(base) * deepen));
}

std::array<Value, 4> cspnext(NetworkWriter& net, Value picture, const CspNextSize& size) {
    Value x = stem(net, picture, size);
    net.graph.label("backbone_stem", x);
    std::array<Value, 4> stages{};
    for (std::size_t i = 0; i < stages.size(); ++i) {
        x = stage(net, x, size, i + 1);
        net.graph.label(fmt::format("backbone_stage{}", i + 1), x);
        stages[i] = x;
    }
    return stages;
}

}  // namespace closet
