#include "models/networks/clip/clip.h"

#include <cmath>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

// Above every published model (ViT-L/14 at 336 pixels: 428 million numbers, 2 GB here at the
// limit); what lies beyond is a damaged or hostile file.
constexpr std::int64_t kMostWidth = 2048;
constexpr std::int64_t kMostLayers = 64;
constexpr std::int64_t kMostPatch = 64;
constexpr std::int64_t kMostGrid = 64;
constexpr std::int64_t kMostTokens = std::int64_t{1} << 18;
constexpr std::int64_t kMostContext = 1024;
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 29;

/// Where CLIP's training begins: exp of it is 1 / 0.07.
constexpr float kStartLogitScale = 2.6592F;

/// What the published archive says about itself.
const std::vector<std::string> kNoWeights{"input_resolution", "context_length", "vocab_size"};

void check_extent(std::int64_t extent, std::int64_t most, std::string_view what) {
    if (extent < 1 || extent > most) {
        throw ModelError(
            fmt::format("it is a CLIP with {} {}, which is none that can be used (1 to {})", extent,
                        what, most));
    }
}

/// An extent of a tensor that has `axes` of them; 0 where it is not like that.
std::int64_t extent_of(const StateDict& state, std::string_view key, std::size_t axes,
                       std::size_t axis) {
    const TensorEntry* const tensor = state.find(key);
    return tensor != nullptr && tensor->shape.size() == axes ? tensor->shape[axis] : 0;
}

/// Blocks that have a first normalization, up to one more than are accepted.
std::int64_t count_blocks(const StateDict& state, std::string_view before) {
    std::int64_t count = 0;
    while (count <= kMostLayers && state.find(fmt::format("{}transformer.resblocks.{}.ln_1.weight",
                                                          before, count)) != nullptr) {
        ++count;
    }
    return count;
}

using Weights = std::vector<WeightSpec>;

void add_layer_norm(Weights& weights, const std::string& name, std::int64_t width) {
    weights.push_back({name + ".weight", {width}, 1});
    weights.push_back({name + ".bias", {width}});
}

void add_linear(Weights& weights, const std::string& name, std::int64_t out, std::int64_t in) {
    weights.push_back({name + ".weight", {out, in}});
    weights.push_back({name + ".bias", {out}});
}

void add_blocks(Weights& weights, const std::string& before, std::int64_t layers,
                std::int64_t width) {
    for (std::int64_t i = 0; i < layers; ++i) {
        const std::string name = fmt::format("{}transformer.resblocks.{}", before, i);
        weights.push_back({name + ".attn.in_proj_weight", {3 * width, width}});
        weights.push_back({name + ".attn.in_proj_bias", {3 * width}});
        add_linear(weights, name + ".attn.out_proj", width, width);
        add_layer_norm(weights, name + ".ln_1", width);
        add_linear(weights, name + ".mlp.c_fc", 4 * width, width);
        add_linear(weights, name + ".mlp.c_proj", width, 4 * width);
        add_layer_norm(weights, name + ".ln_2", width);
    }
}

Weights weights_of(const ClipArchitecture& size) {
    Weights weights{{"visual.class_embedding", {size.vision_width}},
                    {"visual.positional_embedding", {size.grid * size.grid + 1, size.vision_width}},
                    {"visual.conv1.weight", {size.vision_width, 3, size.patch, size.patch}},
                    {"visual.proj", {size.vision_width, size.numbers}},
                    {"token_embedding.weight", {size.vocabulary, size.text_width}},
                    {"positional_embedding", {size.context, size.text_width}},
                    {"text_projection", {size.text_width, size.numbers}},
                    {"logit_scale", {}, kStartLogitScale}};
    add_layer_norm(weights, "visual.ln_pre", size.vision_width);
    add_blocks(weights, "visual.", size.vision_layers, size.vision_width);
    add_layer_norm(weights, "visual.ln_post", size.vision_width);
    add_blocks(weights, "", size.text_layers, size.text_width);
    add_layer_norm(weights, "ln_final", size.text_width);
    return weights;
}

void check_total(const Weights& weights) {
    std::int64_t total = 0;
    for (const WeightSpec& weight : weights) {
        std::int64_t numbers = 1;
        for (const std::int64_t extent : weight.shape) {
            numbers *= extent;  // at most 2^29, of extents that were checked
        }
        total += numbers;
    }
    if (total > kMostNumbers) {
        throw ModelError(
            fmt::format("it is a CLIP of {} million numbers, where up to {} million "
                        "can be used",
                        total >> 20U, kMostNumbers >> 20U));
    }
}

/// The name of a vision transformer of these sizes in the papers: "b/32"; empty where it has none.
std::string variant_of(const ClipArchitecture& size) {
    const std::pair depth{size.vision_width, size.vision_layers};
    const char* const name = depth == std::pair<std::int64_t, std::int64_t>{768, 12}    ? "b"
                             : depth == std::pair<std::int64_t, std::int64_t>{1024, 24} ? "l"
                                                                                        : nullptr;
    return name == nullptr ? std::string() : fmt::format("{}/{}", name, size.patch);
}

}  // namespace

std::optional<ClipArchitecture> recognize_clip(const StateDict& state) {
    if (state.find("token_embedding.weight") == nullptr ||
        state.find("text_projection") == nullptr) {
        return std::nullopt;
    }
    if (state.find("visual.layer1.0.conv1.weight") != nullptr) {
        throw ModelError(
            "it is a CLIP whose pictures go through a ResNet; only those with a vision transformer "
            "can be used: take ViT-B-32.pt");
    }
    ClipArchitecture found;
    found.vision_width = extent_of(state, "visual.conv1.weight", 4, 0);
    found.patch = extent_of(state, "visual.conv1.weight", 4, 2);
    const std::int64_t places = extent_of(state, "visual.positional_embedding", 2, 0);
    found.vision_layers = count_blocks(state, "visual.");
    found.vocabulary = extent_of(state, "token_embedding.weight", 2, 0);
    found.text_width = extent_of(state, "token_embedding.weight", 2, 1);
    found.text_layers = count_blocks(state, "");
    found.context = extent_of(state, "positional_embedding", 2, 0);
    found.numbers = extent_of(state, "text_projection", 2, 1);
    check_extent(places, kMostGrid * kMostGrid + 1, "places for patches");
    found.grid = std::llround(std::sqrt(static_cast<double>(places - 1)));
    check_extent(found.grid, kMostGrid, "patches a side");
    check_extent(found.patch, kMostPatch, "pixels a side of a patch");
    check_extent(found.vision_layers, kMostLayers, "blocks for pictures");
    check_extent(found.text_layers, kMostLayers, "blocks for texts");
    check_extent(found.vocabulary, kMostTokens, "tokens");
    check_extent(found.context, kMostContext, "tokens of a text");
    check_extent(found.numbers, kMostWidth, "numbers");
    for (const std::int64_t width : {found.vision_width, found.text_width}) {
        check_extent(width, kMostWidth, "channels");
        if (width % ClipArchitecture::kHeadWidth != 0) {
            throw ModelError(fmt::format("it is a CLIP with {} channels, which are no heads of {}",
                                         width, ClipArchitecture::kHeadWidth));
        }
    }
    return found;
}

std::string to_string(const ClipArchitecture& architecture) {
    const std::string variant = variant_of(architecture);
    return fmt::format(
        "clip-vit{} {}x{}, {} tokens, {} numbers",
        variant.empty() ? fmt::format(" of {} blocks of {} channels", architecture.vision_layers,
                                      architecture.vision_width)
                        : "-" + variant,
        architecture.side(), architecture.side(), architecture.vocabulary, architecture.numbers);
}

RecognizedNetwork describe(const ClipArchitecture& architecture) {
    Weights weights = weights_of(architecture);
    check_total(weights);
    return {.text = to_string(architecture),
            .input_height = architecture.side(),
            .input_width = architecture.side(),
            .channels = "RGB",
            .counted = "numbers",
            .count = architecture.numbers,
            .weights = std::move(weights),
            .left_aside = kNoWeights};
}

}  // namespace closet
