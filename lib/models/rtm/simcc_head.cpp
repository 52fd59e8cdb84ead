#include "models/rtm/simcc_head.h"

#include <cstddef>
#include <vector>

#include "models/rtm/conv_bn_act.h"
#include "models/rtm/linear.h"
#include "models/rtm/scale_norm.h"

namespace closet {

namespace {

std::vector<float> scaled_rows(std::vector<float> weights, const std::vector<float>& scale) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] *= scale[i / (weights.size() / scale.size())];
    }
    return weights;
}

}  // namespace

void simcc_head(NetworkWriter& net, NetworkWriter::Value features, const SimccSize& size) {
    const std::int64_t hidden = size.gau.hidden;
    const auto maps = conv_with_bias(net, "head.final_layer", features,
                                     {.channels = size.keypoints, .kernel = 7});
    const auto normal = scale_norm(net, "head.mlp.0", net.graph.channels_to_pixels(maps));
    auto weights = net.parameters.take("head.mlp.1.weight", {hidden, net.graph.channels(normal)});
    const auto scale = net.parameters.take("head.gau.res_scale.scale", {hidden}, 1);
    // The unit's residual is its scaled input, which nothing else reads: a second linear layer with
    // scaled rows gives it.
    const auto residual = linear(net, scaled_rows(weights, scale), normal, hidden);
    const auto x = linear(net, std::move(weights), normal, hidden);
    const auto y = gau(net, "head.gau", x, residual, size.gau);
    net.graph.label("head_final_layer", maps);
    net.graph.label("head_mlp0_scalenorm", normal);
    net.graph.label("head_mlp1", x);
    net.graph.label("simcc_x",
                    linear(net, net.parameters.take("head.cls_x.weight", {size.bins_x, hidden}), y,
                           size.bins_x));
    net.graph.label("simcc_y",
                    linear(net, net.parameters.take("head.cls_y.weight", {size.bins_y, hidden}), y,
                           size.bins_y));
}

}  // namespace closet
