#include "models/functional/clip.h"

#include <cstdint>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/error.h"
#include "models/functional/convolution.h"
#include "models/networks/load_as.h"

namespace closet {
namespace {

void tap(ClipTaps* taps, const std::string& name, const at::Tensor& value) {
    if (taps != nullptr) {
        taps->emplace(name, value);
    }
}

/// Attention, then a perceptron of two layers with x * sigmoid(1.702 x) between them, each on
/// normalized values and added to what was there.
at::Tensor residual_block(const Tensors& weights, const std::string& name, at::Tensor x,
                          bool causal) {
    constexpr double kQuickGelu = 1.702;
    const at::Tensor qkv =
        linear(weights, name + ".attn.in_proj_weight", name + ".attn.in_proj_bias",
               layer_norm(weights, name + ".ln_1", x));
    const auto parts = qkv.chunk(3, -1);
    const at::Tensor seen =
        attention(parts[0], parts[1], parts[2], x.size(-1) / ClipArchitecture::kHeadWidth, causal);
    x = x + linear(weights, name + ".attn.out_proj", seen);
    at::Tensor hidden = linear(weights, name + ".mlp.c_fc", layer_norm(weights, name + ".ln_2", x));
    hidden.mul_(at::sigmoid(hidden * kQuickGelu));
    return x + linear(weights, name + ".mlp.c_proj", hidden);
}

}  // namespace

ClipNetwork load_clip(const Checkpoint& checkpoint, bool allow_partial, c10::Device device,
                      at::ScalarType type) {
    ClipArchitecture found = recognize_as(checkpoint, "CLIP", recognize_clip);
    const std::string name = checkpoint.path().string();
    LoadedWeights loaded =
        load_weights(describe(found), StateDict(checkpoint.tensors()), name, allow_partial);
    KeyReport keys = loaded.keys;
    return {std::move(found), Tensors(std::move(loaded), device, type, Convolutions::kOwn),
            std::move(keys)};
}

at::Tensor clip_image_features(const ClipNetwork& clip, const at::Tensor& pictures,
                               ClipTaps* taps) {
    const auto& [architecture, weights, keys] = clip;
    if (pictures.dim() != 4 || pictures.size(1) != 3 || pictures.size(2) != architecture.side() ||
        pictures.size(3) != architecture.side()) {
        throw ModelError(fmt::format("CLIP takes pictures of 3 x {} x {}", architecture.side(),
                                     architecture.side()));
    }
    const at::Tensor patches = conv2d(weights, "visual.conv1", pictures.to(weights.type()),
                                      {.stride = architecture.patch});
    tap(taps, "visual_patches", patches);
    at::Tensor x = patches.flatten(2).transpose(1, 2);
    const at::Tensor first =
        weights["visual.class_embedding"].expand({x.size(0), 1, architecture.vision_width});
    x = at::cat({first, x}, 1) + weights["visual.positional_embedding"];
    x = layer_norm(weights, "visual.ln_pre", x);
    tap(taps, "visual_ln_pre", x);
    for (std::int64_t i = 0; i < architecture.vision_layers; ++i) {
        x = residual_block(weights, fmt::format("visual.transformer.resblocks.{}", i), x, false);
        tap(taps, fmt::format("visual_block{}", i), x);
    }
    x = layer_norm(weights, "visual.ln_post", x.select(1, 0));
    tap(taps, "visual_ln_post", x);
    return at::matmul(x, weights["visual.proj"]).to(at::kFloat);
}

at::Tensor clip_text_features(const ClipNetwork& clip, const at::Tensor& tokens, ClipTaps* taps) {
    const auto& [architecture, weights, keys] = clip;
    if (tokens.dim() != 2 || tokens.size(0) < 1 || tokens.size(1) != architecture.context ||
        tokens.min().item<std::int64_t>() < 0 ||
        tokens.max().item<std::int64_t>() >= architecture.vocabulary) {
        throw ModelError(fmt::format("this CLIP takes texts of {} tokens out of {}",
                                     architecture.context, architecture.vocabulary));
    }
    at::Tensor x =
        at::embedding(weights["token_embedding.weight"], tokens) + weights["positional_embedding"];
    for (std::int64_t i = 0; i < architecture.text_layers; ++i) {
        x = residual_block(weights, fmt::format("transformer.resblocks.{}", i), x, true);
        tap(taps, fmt::format("text_block{}", i), x);
    }
    x = layer_norm(weights, "ln_final", x);
    tap(taps, "text_ln_final", x);
    const at::Tensor end = tokens.argmax(1).view({-1, 1, 1}).expand({-1, 1, x.size(2)});
    return at::matmul(x.gather(1, end).squeeze(1), weights["text_projection"]).to(at::kFloat);
}

}  // namespace closet
