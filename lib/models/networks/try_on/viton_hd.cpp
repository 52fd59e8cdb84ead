// Segmentation and ALIAS generator of VITON-HD (networks.py, 02afa4b).
#include <fmt/format.h>

#include "core/error.h"
#include "models/networks/try_on/try_on.h"
#include "models/networks/try_on/weight_list.h"

namespace closet {
namespace {

/// A spectrally normalized convolution; `bias`: it has one.
void spectral_conv(WeightList& list, const std::string& name, std::int64_t in, std::int64_t out,
                   std::int64_t kernel, bool bias) {
    if (bias) {
        list.add(name + ".bias", {out});
    }
    list.add(name + ".weight_orig", {out, in, kernel, kernel});
    list.add(name + ".weight_u", {out});
    list.add(name + ".weight_v", {in * kernel * kernel});
}

void alias_norm(WeightList& list, const std::string& name, std::int64_t channels,
                std::int64_t segments, std::int64_t hidden) {
    list.add(name + ".noise_scale", {channels});
    list.conv(name + ".conv_shared.0", segments, hidden, 3);
    list.conv(name + ".conv_gamma", hidden, channels, 3);
    list.conv(name + ".conv_beta", hidden, channels, 3);
}

}  // namespace

std::optional<SegGenerator> recognize_seg_generator(const StateDict& state) {
    if (state.find("conv9.6.weight") == nullptr || state.find("up6.1.weight") == nullptr ||
        state.find("conv1.0.weight") == nullptr) {
        return std::nullopt;
    }
    SegGenerator found;
    for (std::size_t i = 0; i < found.widths.size(); ++i) {
        found.widths.at(i) =
            channels_of(state, fmt::format("conv{}.0.weight", i + 1), "a segmentation generator");
    }
    return found;
}

RecognizedNetwork describe(const SegGenerator& architecture) {
    const auto& widths = architecture.widths;
    WeightList list;
    const auto pair = [&](std::size_t block, std::int64_t in, std::int64_t out) {
        list.conv(fmt::format("conv{}.0", block), in, out, 3);
        list.conv(fmt::format("conv{}.3", block), out, out, 3);
    };
    std::int64_t in = SegGenerator::kInputs;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        pair(i + 1, in, widths.at(i));
        in = widths.at(i);
    }
    for (std::size_t i = widths.size() - 1; i-- > 0;) {
        const std::size_t block = 2 * widths.size() - 1 - i;
        list.conv(fmt::format("up{}.1", block), widths.at(i + 1), widths.at(i), 3);
        pair(block, 2 * widths.at(i), widths.at(i));
    }
    list.conv("conv9.6", widths.front(), SegGenerator::kClasses, 3);
    return {.text = fmt::format("viton-hd-seg{} 256x192, {} classes",
                                architecture == SegGenerator{} ? "" : " of other widths",
                                SegGenerator::kClasses),
            .input_height = SegGenerator::kHeight,
            .input_width = SegGenerator::kWidth,
            .channels = "RGB",
            .counted = "classes",
            .count = SegGenerator::kClasses,
            .weights = std::move(list.weights)};
}

std::array<AliasGenerator::Block, 8> AliasGenerator::blocks() const {
    const std::int64_t first = 16 * width;
    std::array<Block, 8> all{
        Block{"head_0", first, first, true},       Block{"G_middle_0", first, first, true},
        Block{"G_middle_1", first, first, true},   Block{"up_0", first, 8 * width, true},
        Block{"up_1", 8 * width, 4 * width, true}, Block{"up_2", 4 * width, 2 * width, false},
        Block{"up_3", 2 * width, width, false},    Block{"up_4", width, width / 2, false}};
    for (std::size_t i = 1; i < all.size(); ++i) {
        all.at(i).in += kFeatures;
    }
    return all;
}

std::optional<AliasGenerator> recognize_alias_generator(const StateDict& state) {
    constexpr const char* kWhat = "an ALIAS generator";
    if (state.find("conv_img.weight") == nullptr || state.find("conv_7.weight") == nullptr ||
        state.find("head_0.norm_0.conv_shared.0.weight") == nullptr) {
        return std::nullopt;
    }
    AliasGenerator found;
    // The first block's channels are 16 times the width, so that is bounded as well.
    const std::int64_t first = channels_of(state, "conv_0.weight", kWhat);
    found.width = first / 16;
    if (first % 32 != 0) {
        throw ModelError(
            fmt::format("it is {} whose first block has {} channels, which is no multiple of 32",
                        kWhat, first));
    }
    found.norm_hidden = channels_of(state, "head_0.norm_0.conv_shared.0.weight", kWhat);
    return found;
}

RecognizedNetwork describe(const AliasGenerator& architecture) {
    WeightList list;
    const auto blocks = architecture.blocks();
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        list.conv(fmt::format("conv_{}", i), AliasGenerator::kInputs,
                  i == 0 ? blocks.front().in : AliasGenerator::kFeatures, 3);
    }
    for (const AliasGenerator::Block& block : blocks) {
        const std::string name(block.name);
        const std::int64_t middle = block.middle();
        const auto norm = [&](const char* which, std::int64_t channels) {
            alias_norm(list, name + which, channels, block.segments(), architecture.norm_hidden);
        };
        spectral_conv(list, name + ".conv_0", block.in, middle, 3, true);
        spectral_conv(list, name + ".conv_1", middle, block.out, 3, true);
        norm(".norm_0", block.in);
        norm(".norm_1", middle);
        if (block.in != block.out) {
            spectral_conv(list, name + ".conv_s", block.in, block.out, 1, false);
            norm(".norm_s", block.in);
        }
    }
    list.conv("conv_img", blocks.back().out, 3, 3);
    return {.text = fmt::format("viton-hd-alias{} 1024x768, {} segments",
                                architecture == AliasGenerator{} ? "" : " of other widths",
                                AliasGenerator::kSegments),
            .input_height = AliasGenerator::kHeight,
            .input_width = AliasGenerator::kWidth,
            .channels = "RGB",
            .counted = "segments",
            .count = AliasGenerator::kSegments,
            .weights = std::move(list.weights)};
}

}  // namespace closet
