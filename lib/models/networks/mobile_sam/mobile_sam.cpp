#include "models/networks/mobile_sam/mobile_sam.h"

#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

// Above the published one; what lies beyond is a damaged or hostile file.
constexpr std::int64_t kMostSamWidth = 1024;
constexpr std::int64_t kMostSamPerceptron = 8192;
constexpr std::int64_t kMostSamBlocks = 32;
constexpr std::int64_t kMostSamWindow = 64;

/// The hidden layers of TinyViT are so many times as wide, those of its convolutions too.
constexpr std::int64_t kExpansion = 4;

std::int64_t limited(std::int64_t extent, std::int64_t most, std::string_view what) {
    if (extent < 1 || extent > most) {
        throw ModelError(
            fmt::format("it is a MobileSAM with {} {}, which is none that can be used (1 to {})",
                        extent, what, most));
    }
    return extent;
}

/// An extent of a tensor that has `axes` of them; 0 where it is not like that.
std::int64_t sam_extent(const StateDict& state, const std::string& key, std::size_t axes,
                        std::size_t axis) {
    const TensorEntry* const tensor = state.find(key);
    return tensor != nullptr && tensor->shape.size() == axes ? tensor->shape[axis] : 0;
}

MobileSamArchitecture::Stage stage_of(const StateDict& state, std::size_t index) {
    const std::string name = fmt::format("image_encoder.layers.{}.blocks.", index);
    const char* const first = index == 0 ? "conv1.c.weight" : "attn.qkv.weight";
    MobileSamArchitecture::Stage stage;
    while (stage.blocks <= kMostSamBlocks &&
           state.find(fmt::format("{}{}.{}", name, stage.blocks, first)) != nullptr) {
        ++stage.blocks;
    }
    limited(stage.blocks, kMostSamBlocks, "blocks in a stage");
    stage.width =
        limited(sam_extent(state, fmt::format("{}0.{}", name, first), index == 0 ? 4 : 2, 1),
                kMostSamWidth, "channels");
    if (index > 0) {
        const std::string biases = name + "0.attn.attention_biases";
        stage.heads = limited(sam_extent(state, biases, 2, 0), stage.width, "heads");
        const std::int64_t cells = limited(sam_extent(state, biases, 2, 1),
                                           kMostSamWindow * kMostSamWindow, "cells in a window");
        stage.window = std::llround(std::sqrt(static_cast<double>(cells)));
        if (stage.window * stage.window != cells || stage.width % stage.heads != 0) {
            throw ModelError(fmt::format(
                "it is a MobileSAM whose windows have {} cells and {} channels for {} heads, which "
                "cannot be",
                cells, stage.width, stage.heads));
        }
    }
    return stage;
}

/// The weights, layer by layer, under the names of PyTorch's modules.
struct SamWeights {
    std::vector<WeightSpec> list;

    void add(std::string key, Parameters::Shape shape, float start = 0) {
        list.push_back({std::move(key), std::move(shape), start});
    }
    void norm(const std::string& name, std::int64_t channels) {
        add(name + ".weight", {channels}, 1);
        add(name + ".bias", {channels});
    }
    void linear(const std::string& name, std::int64_t in, std::int64_t out) {
        add(name + ".weight", {out, in});
        add(name + ".bias", {out});
    }
    /// Of a kernel that may go from `in` to `out` channels or back.
    void conv(const std::string& name, Parameters::Shape kernel, std::int64_t out) {
        add(name + ".weight", std::move(kernel));
        add(name + ".bias", {out});
    }
    /// A convolution without bias and its batch normalization.
    void conv_norm(const std::string& name, std::int64_t in, std::int64_t out,
                   std::int64_t kernel) {
        add(name + ".c.weight", {out, in, kernel, kernel});
        norm(name + ".bn", out);
        add(name + ".bn.running_mean", {out});
        add(name + ".bn.running_var", {out}, 1);
    }
    /// Three convolutions, the one in the middle for each channel alone.
    void inverted(const std::string& name, std::int64_t in, std::int64_t hidden, std::int64_t out) {
        conv_norm(name + ".conv1", in, hidden, 1);
        conv_norm(name + ".conv2", 1, hidden, 3);
        conv_norm(name + ".conv3", hidden, out, 1);
    }
    void window_block(const std::string& name, const MobileSamArchitecture::Stage& stage) {
        const std::int64_t width = stage.width;
        add(name + ".attn.attention_biases", {stage.heads, stage.window * stage.window});
        norm(name + ".attn.norm", width);
        linear(name + ".attn.qkv", width, 3 * width);
        linear(name + ".attn.proj", width, width);
        conv_norm(name + ".local_conv", 1, width, 3);
        norm(name + ".mlp.norm", width);
        linear(name + ".mlp.fc1", width, kExpansion * width);
        linear(name + ".mlp.fc2", kExpansion * width, width);
    }
    void attention(const std::string& name, std::int64_t width, std::int64_t inner) {
        for (const char* const layer : {".q_proj", ".k_proj", ".v_proj"}) {
            linear(name + layer, width, inner);
        }
        linear(name + ".out_proj", inner, width);
    }
    /// Three layers.
    void perceptron(const std::string& name, std::int64_t width, std::int64_t out) {
        linear(name + ".layers.0", width, width);
        linear(name + ".layers.1", width, width);
        linear(name + ".layers.2", width, out);
    }

    void encoder(const MobileSamArchitecture& size);
    void prompts(const MobileSamArchitecture& size);
    void decoder(const MobileSamArchitecture& size);
};

void SamWeights::encoder(const MobileSamArchitecture& size) {
    const std::string name = "image_encoder.";
    conv_norm(name + "patch_embed.seq.0", 3, size.stem, 3);
    conv_norm(name + "patch_embed.seq.2", size.stem, size.stages[0].width, 3);
    for (std::size_t i = 0; i < size.stages.size(); ++i) {
        const MobileSamArchitecture::Stage& stage = size.stages[i];
        const std::string layer = fmt::format("{}layers.{}.", name, i);
        for (std::int64_t b = 0; b < stage.blocks; ++b) {
            const std::string block = fmt::format("{}blocks.{}", layer, b);
            if (i == 0) {
                inverted(block, stage.width, kExpansion * stage.width, stage.width);
            } else {
                window_block(block, stage);
            }
        }
        if (i + 1 < size.stages.size()) {
            const std::int64_t next = size.stages[i + 1].width;
            inverted(layer + "downsample", stage.width, next, next);
        }
    }
    add(name + "neck.0.weight", {size.width, size.stages.back().width, 1, 1});
    norm(name + "neck.1", size.width);
    add(name + "neck.2.weight", {size.width, size.width, 3, 3});
    norm(name + "neck.3", size.width);
}

void SamWeights::prompts(const MobileSamArchitecture& size) {
    const std::string name = "prompt_encoder.";
    add(name + "pe_layer.positional_encoding_gaussian_matrix", {2, size.width / 2});
    for (int i = 0; i < 4; ++i) {
        add(fmt::format("{}point_embeddings.{}.weight", name, i), {1, size.width});
    }
    add(name + "not_a_point_embed.weight", {1, size.width});
    add(name + "no_mask_embed.weight", {1, size.width});
    const auto [first, second] = size.mask_widths;
    conv(name + "mask_downscaling.0", {first, 1, 2, 2}, first);
    norm(name + "mask_downscaling.1", first);
    conv(name + "mask_downscaling.3", {second, first, 2, 2}, second);
    norm(name + "mask_downscaling.4", second);
    conv(name + "mask_downscaling.6", {size.width, second, 1, 1}, size.width);
}

void SamWeights::decoder(const MobileSamArchitecture& size) {
    const std::string name = "mask_decoder.";
    const std::int64_t width = size.width;
    const std::int64_t inner = width / 2;  // of attention between tokens and picture
    for (int i = 0; i < 2; ++i) {
        const std::string layer = fmt::format("{}transformer.layers.{}", name, i);
        attention(layer + ".self_attn", width, width);
        attention(layer + ".cross_attn_token_to_image", width, inner);
        attention(layer + ".cross_attn_image_to_token", width, inner);
        linear(layer + ".mlp.lin1", width, size.perceptron);
        linear(layer + ".mlp.lin2", size.perceptron, width);
        for (const char* const place : {".norm1", ".norm2", ".norm3", ".norm4"}) {
            norm(layer + place, width);
        }
    }
    attention(name + "transformer.final_attn_token_to_image", width, inner);
    norm(name + "transformer.norm_final_attn", width);
    add(name + "iou_token.weight", {1, width});
    add(name + "mask_tokens.weight", {MobileSamArchitecture::kMasks, width});
    conv(name + "output_upscaling.0", {width, width / 4, 2, 2}, width / 4);
    norm(name + "output_upscaling.1", width / 4);
    conv(name + "output_upscaling.3", {width / 4, width / 8, 2, 2}, width / 8);
    for (std::int64_t i = 0; i < MobileSamArchitecture::kMasks; ++i) {
        perceptron(fmt::format("{}output_hypernetworks_mlps.{}", name, i), width, width / 8);
    }
    perceptron(name + "iou_prediction_head", width, MobileSamArchitecture::kMasks);
}

}  // namespace

std::optional<MobileSamArchitecture> recognize_mobile_sam(const StateDict& state) {
    if (state.find("mask_decoder.iou_token.weight") == nullptr) {
        return std::nullopt;
    }
    if (state.find("image_encoder.patch_embed.seq.0.c.weight") == nullptr) {
        throw ModelError(
            "it is a Segment Anything whose encoder is no TinyViT: take mobile_sam.pt");
    }
    MobileSamArchitecture found;
    for (std::size_t i = 0; i < found.stages.size(); ++i) {
        found.stages[i] = stage_of(state, i);
    }
    const auto channels = [&](const std::string& key, std::size_t axes) {
        return limited(sam_extent(state, key, axes, 0), kMostSamWidth, "channels");
    };
    found.stem = channels("image_encoder.patch_embed.seq.0.c.weight", 4);
    found.width = channels("image_encoder.neck.0.weight", 4);
    if (found.width % (2 * MobileSamArchitecture::kHeads) != 0) {
        throw ModelError(fmt::format("it is a MobileSAM with {} channels, which are no {} heads",
                                     found.width, MobileSamArchitecture::kHeads));
    }
    found.mask_widths = {channels("prompt_encoder.mask_downscaling.0.weight", 4),
                         channels("prompt_encoder.mask_downscaling.3.weight", 4)};
    found.perceptron =
        limited(sam_extent(state, "mask_decoder.transformer.layers.0.mlp.lin1.weight", 2, 0),
                kMostSamPerceptron, "channels in a perceptron");
    return found;
}

std::string to_string(const MobileSamArchitecture& architecture) {
    const MobileSamArchitecture published;
    return fmt::format(
        "mobile-sam{} {}x{}, {} masks", architecture == published ? "" : " of other widths",
        MobileSamArchitecture::kSide, MobileSamArchitecture::kSide, MobileSamArchitecture::kMasks);
}

RecognizedNetwork describe(const MobileSamArchitecture& architecture) {
    SamWeights weights;
    weights.encoder(architecture);
    weights.prompts(architecture);
    weights.decoder(architecture);
    return {.text = to_string(architecture),
            .input_height = MobileSamArchitecture::kSide,
            .input_width = MobileSamArchitecture::kSide,
            .channels = "RGB",
            .counted = "masks",
            .count = MobileSamArchitecture::kMasks,
            .weights = std::move(weights.list),
            // For telling pictures of one thing apart, from TinyViT's own training.
            .left_aside = {"image_encoder.norm_head.", "image_encoder.head."}};
}

}  // namespace closet
