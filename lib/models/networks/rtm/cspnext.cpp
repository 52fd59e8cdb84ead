#include "models/networks/rtm/cspnext.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/layers.h"

namespace closet {
namespace {

using Value = NetworkWriter::Value;

/// Weighs each channel by what the picture's mean says of it: x * hardsigmoid(fc(mean(x))), fc a
/// 1 x 1 convolution with bias. H x W x C stays H x W x C. mmdet/models/layers/se_layer.py,
/// ChannelAttention (MMDetection 3.3.0).
Value channel_attention(NetworkWriter& net, const std::string& name, Value x) {
    const auto mean = net.graph.global_mean(x);
    const auto weight = conv_with_bias(net, name + ".fc", mean, {.channels = net.graph.channels(x)},
                                       Activation::kHardSigmoid);
    return net.graph.multiply(x, weight);
}

/// Spatial pyramid pooling (SPP): each pixel sees its neighborhood at three sizes. H x W x C stays
/// H x W x C. mmpose/models/backbones/csp_darknet.py, SPPBottleneck (MMPose 1.3.2).
Value spp(NetworkWriter& net, const std::string& name, Value x) {
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

// A 3 x 3 convolution, then a separable 5 x 5 one. The residual comes after the last activation.
Value cspnext_block(NetworkWriter& net, const std::string& name, Value x,
                    const CspLayerOptions& options) {
    const std::int64_t channels = net.graph.channels(x);
    const Value y =
        conv_block(net, name + ".conv1", x, {.channels = channels, .kernel = 3}, options.separable);
    return depthwise_separable(net, name + ".conv2", y, {.channels = channels, .kernel = 5},
                               options.residual ? std::optional(x) : std::nullopt);
}

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

struct Known {
    const char* name;
    CspNextSize size;
};

// widen_factor and deepen_factor of the configurations of MMPose 1.3.2 and MMDetection 3.3.0.
// "micro" exists in this project's test data only.
constexpr std::array<Known, 6> kKnown{{
    {"micro", {.widen = 0.125, .deepen = 0.167, .separable = false}},
    {"nano", {.widen = 0.25, .deepen = 0.33, .separable = true}},
    {"t", {.widen = 0.375, .deepen = 0.167, .separable = false}},
    {"s", {.widen = 0.5, .deepen = 0.33, .separable = false}},
    {"m", {.widen = 0.75, .deepen = 0.67, .separable = false}},
    {"l", {.widen = 1.0, .deepen = 1.0, .separable = false}},
}};

// Of stage 2, where each of the known depths has another number. Any key of a block counts, so that
// a checkpoint that lacks some is still recognized.
std::int64_t count_blocks(const StateDict& state) {
    std::int64_t blocks = 0;
    const auto has_block = [&] {
        const std::string name = fmt::format("backbone.stage2.1.blocks.{}.", blocks);
        const auto first = state.tensors().lower_bound(name);
        return first != state.tensors().end() && first->first.starts_with(name);
    };
    while (has_block()) {
        ++blocks;
    }
    return blocks;
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

CspNextSize known_size(const StateDict& state, std::int64_t last_channels,
                       const std::string& family) {
    const auto width = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) {
        return known.size.channels(4) == last_channels;
    });
    if (width == kKnown.end()) {
        throw ModelError(
            fmt::format("it is an {} whose backbone gives {} channels, which is none "
                        "of the known sizes (256 for nano, 384 for t, 512 for s, 768 "
                        "for m, 1024 for l)",
                        family, last_channels));
    }
    CspNextSize size = width->size;
    const std::int64_t blocks = count_blocks(state);
    const auto depth = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) {
        return known.size.blocks(2) == blocks;
    });
    if (depth != kKnown.end() && size.blocks(2) != blocks) {
        size.deepen = depth->size.deepen;
    }
    size.separable = state.find("backbone.stage1.0.depthwise_conv.conv.weight") != nullptr;
    return size;
}

std::string size_name(const CspNextSize& size) {
    const auto known = std::find_if(kKnown.begin(), kKnown.end(),
                                    [&](const Known& candidate) { return candidate.size == size; });
    return known != kKnown.end() ? known->name
                                 : fmt::format("widen{}-deepen{}{}", size.widen, size.deepen,
                                               size.separable ? "-separable" : "");
}

}  // namespace closet
