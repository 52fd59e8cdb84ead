#include "models/functional/mobile_sam.h"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/error.h"
#include "models/functional/convolution.h"
#include "models/networks/load_as.h"

namespace closet {
namespace {

using Sam = MobileSamArchitecture;

void keep_tap(MobileSamTaps* taps, const std::string& name, const at::Tensor& value) {
    if (taps != nullptr) {
        taps->emplace(name, value);
    }
}

at::Tensor conv_norm(const Tensors& weights, const std::string& name, const at::Tensor& x,
                     const Conv2d& window = {}) {
    return batch_norm(weights, name + ".bn", conv2d(weights, name + ".c", x, window));
}

/// Layer normalization over the channels of N x C x H x W.
at::Tensor channel_norm(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    constexpr double kEpsilon = 1e-6;
    return layer_norm(weights, name, x.permute({0, 2, 3, 1}), kEpsilon).permute({0, 3, 1, 2});
}

/// Three convolutions, the one in the middle for each channel alone.
at::Tensor inverted(const Tensors& weights, const std::string& name, const at::Tensor& x,
                    std::int64_t stride) {
    at::Tensor y = at::gelu(conv_norm(weights, name + ".conv1", x));
    y = at::gelu(
        conv_norm(weights, name + ".conv2", y, {.stride = stride, .pad = 1, .groups = y.size(1)}));
    return conv_norm(weights, name + ".conv3", y);
}

/// Attention of each window's cells to each other, N x cells x channels, with a bias by how far
/// they are apart along both axes.
at::Tensor window_attention(const Tensors& weights, const std::string& name, const at::Tensor& x,
                            const Sam::Stage& stage) {
    const std::int64_t head = stage.width / stage.heads;
    const at::Tensor qkv = linear(weights, name + ".qkv", layer_norm(weights, name + ".norm", x))
                               .view({x.size(0), x.size(1), stage.heads, 3 * head})
                               .transpose(1, 2);
    const auto parts = qkv.split(head, -1);
    const at::Tensor cells = at::arange(stage.window, x.options().dtype(at::kLong));
    const at::Tensor apart = (cells.unsqueeze(1) - cells).abs();
    const at::Tensor place = (apart.view({stage.window, 1, stage.window, 1}) * stage.window +
                              apart.view({1, stage.window, 1, stage.window}))
                                 .reshape({-1});
    const at::Tensor bias = weights[name + ".attention_biases"].index_select(1, place).view(
        {stage.heads, x.size(1), x.size(1)});
    const at::Tensor scores =
        at::matmul(parts[0], parts[1].transpose(-1, -2)) / std::sqrt(static_cast<double>(head)) +
        bias;
    const at::Tensor seen = at::matmul(scores.softmax(-1), parts[2]).transpose(1, 2);
    return linear(weights, name + ".proj", seen.reshape(x.sizes()));
}

/// The same of N x H x W x C in windows, the last ones filled up with zeros that are not masked.
at::Tensor windowed_attention(const Tensors& weights, const std::string& name, const at::Tensor& x,
                              const Sam::Stage& stage) {
    const std::int64_t side = stage.window;
    const std::int64_t rows = (x.size(1) + side - 1) / side;
    const std::int64_t columns = (x.size(2) + side - 1) / side;
    const std::int64_t n = x.size(0);
    const at::Tensor padded =
        at::constant_pad_nd(x, {0, 0, 0, columns * side - x.size(2), 0, rows * side - x.size(1)});
    const at::Tensor windows = padded.view({n, rows, side, columns, side, stage.width})
                                   .transpose(2, 3)
                                   .reshape({-1, side * side, stage.width});
    return window_attention(weights, name, windows, stage)
        .view({n, rows, columns, side, side, stage.width})
        .transpose(2, 3)
        .reshape({n, rows * side, columns * side, stage.width})
        .slice(1, 0, x.size(1))
        .slice(2, 0, x.size(2));
}

/// N x C x H x W. The convolution in the middle has no shortcut around it.
at::Tensor window_block(const Tensors& weights, const std::string& name, const at::Tensor& x,
                        const Sam::Stage& stage) {
    at::Tensor cells = x.permute({0, 2, 3, 1});
    cells = cells + windowed_attention(weights, name + ".attn", cells, stage);
    cells = conv_norm(weights, name + ".local_conv", cells.permute({0, 3, 1, 2}),
                      {.pad = 1, .groups = stage.width})
                .permute({0, 2, 3, 1});
    const at::Tensor hidden =
        linear(weights, name + ".mlp.fc1", layer_norm(weights, name + ".mlp.norm", cells));
    return (cells + linear(weights, name + ".mlp.fc2", at::gelu(hidden))).permute({0, 3, 1, 2});
}

/// sin and cos of 2 pi times random directions; `xy`: ... x 2, 0..1.
at::Tensor fourier(const Tensors& weights, const at::Tensor& xy) {
    const at::Tensor angle =
        2 * std::numbers::pi *
        at::matmul(2 * xy - 1,
                   weights["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"]);
    return at::cat({angle.sin(), angle.cos()}, -1);
}

/// Attention of N x length x channels through linear layers; `k` gives the keys and `v` the values.
at::Tensor projected_attention(const Tensors& weights, const std::string& name, const at::Tensor& q,
                               const at::Tensor& k, const at::Tensor& v) {
    const at::Tensor seen =
        attention(linear(weights, name + ".q_proj", q), linear(weights, name + ".k_proj", k),
                  linear(weights, name + ".v_proj", v), Sam::kHeads);
    return linear(weights, name + ".out_proj", seen);
}

at::Tensor perceptron(const Tensors& weights, const std::string& name, at::Tensor x) {
    x = at::relu(linear(weights, name + ".layers.0", x));
    x = at::relu(linear(weights, name + ".layers.1", x));
    return linear(weights, name + ".layers.2", x);
}

at::Tensor transposed_conv(const Tensors& weights, const std::string& name, const at::Tensor& x) {
    return at::conv_transpose2d(x, weights[name + ".weight"], weights[name + ".bias"], {2, 2});
}

struct TokensAndCells {
    at::Tensor tokens, cells;  ///< 1 x length x channels
};

/// Tokens look at each other and at the picture, and the picture at them, twice; then tokens look
/// at the picture once more.
TokensAndCells two_way_transformer(const Tensors& weights, const at::Tensor& tokens,
                                   at::Tensor cells, const at::Tensor& places) {
    const std::string name = "mask_decoder.transformer.";
    at::Tensor x = tokens;
    for (int i = 0; i < 2; ++i) {
        const std::string layer = fmt::format("{}layers.{}.", name, i);
        // The first layer neither adds nor knows places.
        x = i == 0
                ? projected_attention(weights, layer + "self_attn", x, x, x)
                : x + projected_attention(weights, layer + "self_attn", x + tokens, x + tokens, x);
        x = layer_norm(weights, layer + "norm1", x);
        x = layer_norm(weights, layer + "norm2",
                       x + projected_attention(weights, layer + "cross_attn_token_to_image",
                                               x + tokens, cells + places, cells));
        const at::Tensor hidden = at::relu(linear(weights, layer + "mlp.lin1", x));
        x = layer_norm(weights, layer + "norm3", x + linear(weights, layer + "mlp.lin2", hidden));
        cells = layer_norm(weights, layer + "norm4",
                           cells + projected_attention(weights, layer + "cross_attn_image_to_token",
                                                       cells + places, x + tokens, x));
    }
    x = layer_norm(weights, name + "norm_final_attn",
                   x + projected_attention(weights, name + "final_attn_token_to_image", x + tokens,
                                           cells + places, cells));
    return {.tokens = x, .cells = cells};
}

}  // namespace

MobileSamNetwork load_mobile_sam(const Checkpoint& checkpoint, bool allow_partial,
                                 c10::Device device) {
    Sam found = recognize_as(checkpoint, "MobileSAM", recognize_mobile_sam);
    LoadedWeights loaded = load_weights(describe(found), StateDict(checkpoint.tensors()),
                                        checkpoint.path().string(), allow_partial);
    KeyReport keys = loaded.keys;
    return {found, Tensors(std::move(loaded), device, at::kFloat, Convolutions::kOwn),
            std::move(keys)};
}

at::Tensor mobile_sam_input(const at::Tensor& rgb) {
    const auto row = [&](double r, double g, double b) {
        return at::tensor({r, g, b}, rgb.options().dtype(at::kFloat)).view({1, 3, 1, 1});
    };
    const at::Tensor normal =
        (rgb.to(at::kFloat) - row(123.675, 116.28, 103.53)) / row(58.395, 57.12, 57.375);
    return at::constant_pad_nd(normal, {0, Sam::kSide - rgb.size(3), 0, Sam::kSide - rgb.size(2)});
}

at::Tensor mobile_sam_embedding(const MobileSamNetwork& network, const at::Tensor& pictures,
                                MobileSamTaps* taps) {
    const Tensors& weights = network.weights;
    if (pictures.dim() != 4 || pictures.size(1) != 3 || pictures.size(2) != Sam::kSide ||
        pictures.size(3) != Sam::kSide) {
        throw ModelError(
            fmt::format("MobileSAM takes pictures of 3 x {} x {}", Sam::kSide, Sam::kSide));
    }
    const std::string name = "image_encoder.";
    at::Tensor x =
        at::gelu(conv_norm(weights, name + "patch_embed.seq.0", pictures, {.stride = 2, .pad = 1}));
    x = conv_norm(weights, name + "patch_embed.seq.2", x, {.stride = 2, .pad = 1});
    keep_tap(taps, "patch_embed", x);
    const auto& stages = network.architecture.stages;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        const std::string layer = fmt::format("{}layers.{}.", name, i);
        for (std::int64_t b = 0; b < stages[i].blocks; ++b) {
            const std::string block = fmt::format("{}blocks.{}", layer, b);
            x = i == 0 ? at::gelu(x + inverted(weights, block, x, 1))
                       : window_block(weights, block, x, stages[i]);
            keep_tap(taps, fmt::format("layer{}_block{}", i, b), x);
        }
        if (i + 1 < stages.size()) {
            // The last one keeps the size.
            x = inverted(weights, layer + "downsample", x, i < 2 ? 2 : 1);
        }
        keep_tap(taps, fmt::format("layer{}", i), x);
    }
    x = channel_norm(weights, name + "neck.1", conv2d(weights, name + "neck.0", x));
    x = channel_norm(weights, name + "neck.3", conv2d(weights, name + "neck.2", x, {.pad = 1}));
    return x.contiguous();
}

SamPromptEmbedding embed_prompt(const MobileSamNetwork& network, const SamPrompt& prompt) {
    const Tensors& weights = network.weights;
    const std::string name = "prompt_encoder.";
    if (prompt.points.empty() && !prompt.box) {
        throw ModelError("MobileSAM needs a point or a box");
    }
    const auto place = [&](float x, float y) {
        const at::Tensor xy = (at::tensor({x, y}).to(weights.device()) + 0.5F) / Sam::kSide;
        return fourier(weights, xy.unsqueeze(0));
    };
    const auto corner = [&](int i) {
        return weights[fmt::format("{}point_embeddings.{}.weight", name, i)];
    };
    std::vector<at::Tensor> tokens;
    for (const SamPrompt::Point& point : prompt.points) {
        tokens.push_back(place(point.x, point.y) + corner(point.inside ? 1 : 0));
    }
    if (prompt.box) {
        const auto [left, top, right, bottom] = *prompt.box;
        tokens.push_back(place(left, top) + corner(2));
        tokens.push_back(place(right, bottom) + corner(3));
    } else {
        tokens.push_back(weights[name + "not_a_point_embed.weight"]);
    }
    SamPromptEmbedding result{.sparse = at::cat(tokens, 0).unsqueeze(0), .dense = {}};
    if (!prompt.mask.defined()) {
        result.dense = weights[name + "no_mask_embed.weight"]
                           .view({1, -1, 1, 1})
                           .expand({1, network.architecture.width, Sam::kGrid, Sam::kGrid});
        return result;
    }
    if (prompt.mask.sizes() != at::IntArrayRef{1, 1, Sam::kMaskSide, Sam::kMaskSide}) {
        throw ModelError(fmt::format("MobileSAM takes masks of 1 x 1 x {} x {}", Sam::kMaskSide,
                                     Sam::kMaskSide));
    }
    const std::string masks = name + "mask_downscaling.";
    at::Tensor x = conv2d(weights, masks + "0", prompt.mask, {.stride = 2});
    x = at::gelu(channel_norm(weights, masks + "1", x));
    x = conv2d(weights, masks + "3", x, {.stride = 2});
    x = at::gelu(channel_norm(weights, masks + "4", x));
    result.dense = conv2d(weights, masks + "6", x);
    return result;
}

at::Tensor mobile_sam_cell_places(const MobileSamNetwork& network) {
    const at::Tensor along =
        (at::arange(Sam::kGrid, at::TensorOptions(at::kFloat).device(network.weights.device())) +
         0.5F) /
        Sam::kGrid;
    const at::Tensor x = along.view({1, -1}).expand({Sam::kGrid, Sam::kGrid});
    const at::Tensor y = along.view({-1, 1}).expand({Sam::kGrid, Sam::kGrid});
    return fourier(network.weights, at::stack({x, y}, -1)).permute({2, 0, 1}).unsqueeze(0);
}

SamMasks mobile_sam_masks(const MobileSamNetwork& network, const at::Tensor& embedding,
                          const SamPromptEmbedding& prompt) {
    const Tensors& weights = network.weights;
    const std::string name = "mask_decoder.";
    const auto rows_of_cells = [](const at::Tensor& map) { return map.flatten(2).transpose(1, 2); };
    const at::Tensor own =
        at::cat({weights[name + "iou_token.weight"], weights[name + "mask_tokens.weight"]});
    const auto [tokens, cells] = two_way_transformer(
        weights, at::cat({own.unsqueeze(0), prompt.sparse}, 1),
        rows_of_cells(embedding + prompt.dense), rows_of_cells(mobile_sam_cell_places(network)));
    at::Tensor map = cells.transpose(1, 2).reshape(embedding.sizes());
    map = transposed_conv(weights, name + "output_upscaling.0", map);
    map = at::gelu(channel_norm(weights, name + "output_upscaling.1", map));
    map = at::gelu(transposed_conv(weights, name + "output_upscaling.3", map));
    std::vector<at::Tensor> filters;
    for (std::int64_t i = 0; i < Sam::kMasks; ++i) {
        filters.push_back(perceptron(weights,
                                     fmt::format("{}output_hypernetworks_mlps.{}", name, i),
                                     tokens.select(1, 1 + i)));
    }
    return {.logits = at::matmul(at::stack(filters, 1), map.flatten(2))
                          .view({1, Sam::kMasks, Sam::kMaskSide, Sam::kMaskSide}),
            .scores = perceptron(weights, name + "iou_prediction_head", tokens.select(1, 0))};
}

at::Tensor mobile_sam_logits_at_picture(const at::Tensor& logits, std::array<std::int64_t, 2> shown,
                                        std::array<std::int64_t, 2> picture) {
    const at::Tensor whole = at::upsample_bilinear2d(logits, {Sam::kSide, Sam::kSide}, false);
    return at::upsample_bilinear2d(whole.slice(2, 0, shown[0]).slice(3, 0, shown[1]), picture,
                                   false);
}

}  // namespace closet
