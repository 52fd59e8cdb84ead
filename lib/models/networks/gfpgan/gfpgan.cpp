#include "models/networks/gfpgan/gfpgan.h"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

// Far above the published network; what lies beyond is a damaged or hostile file.
constexpr std::int64_t kMostChannels = 1024;
constexpr std::int64_t kMostStyle = 1024;
constexpr std::size_t kMostLevels = 8;  // pictures of 1024 x 1024

/// Layers of the mapping network, which is in the file and never used.
constexpr int kMappingLayers = 8;

void check_at_most(std::int64_t extent, std::int64_t most, std::string_view what) {
    if (extent < 1 || extent > most) {
        throw ModelError(
            fmt::format("it is a GFPGAN with {} {}, which is none that can be used (1 to {})",
                        extent, what, most));
    }
}

/// The extent of an axis, 0 where the checkpoint has no such tensor of `rank` axes.
std::int64_t extent_of(const StateDict& state, const std::string& key, std::size_t rank,
                       std::size_t axis) {
    const TensorEntry* const tensor = state.find(key);
    return tensor != nullptr && tensor->shape.size() == rank ? tensor->shape[axis] : 0;
}

/// The list of weights, in the order of the reference's modules.
class WeightList {
  public:
    explicit WeightList(const GfpganArchitecture& size) : size_(size) {}

    std::vector<WeightSpec> write() {
        const std::size_t levels = size_.levels();
        conv("conv_body_first", 3, half(levels), 1);
        for (std::size_t i = 0; i < levels; ++i) {
            block(fmt::format("conv_body_down.{}", i), half(levels - i), half(levels - i - 1));
        }
        conv("final_conv", half(0), half(0), 3);
        for (std::size_t i = 0; i < levels; ++i) {
            block(fmt::format("conv_body_up.{}", i), half(i), half(i + 1));
        }
        for (std::size_t i = 0; i < levels; ++i) {
            conv(fmt::format("toRGB.{}", i), half(i + 1), 3, 1);
        }
        constexpr std::int64_t kFirst = GfpganArchitecture::kFirstSide;
        linear("final_linear", half(0) * kFirst * kFirst, size_.latents() * size_.style);
        generator();
        for (const char* const what : {"scale", "shift"}) {
            for (std::size_t i = 0; i < levels; ++i) {
                for (const int layer : {0, 2}) {
                    conv(fmt::format("condition_{}.{}.{}", what, i, layer), half(i + 1),
                         half(i + 1), 3);
                }
            }
        }
        return std::move(weights_);
    }

  private:
    std::int64_t half(std::size_t level) const { return size_.channels[level] / 2; }

    void add(std::string key, Parameters::Shape shape) {
        weights_.push_back({std::move(key), std::move(shape)});
    }
    void conv(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel) {
        add(name + ".weight", {out, in, kernel, kernel});
        add(name + ".bias", {out});
    }
    void linear(const std::string& name, std::int64_t in, std::int64_t out) {
        add(name + ".weight", {out, in});
        add(name + ".bias", {out});
    }
    void block(const std::string& name, std::int64_t in, std::int64_t out) {
        conv(name + ".conv1", in, in, 3);
        conv(name + ".conv2", in, out, 3);
        add(name + ".skip.weight", {out, in, 1, 1});
    }
    void modulated(const std::string& name, std::int64_t in, std::int64_t out,
                   std::int64_t kernel) {
        add(name + ".bias", {1, out, 1, 1});
        add(name + ".modulated_conv.weight", {1, out, in, kernel, kernel});
        linear(name + ".modulated_conv.modulation", size_.style, in);
    }
    void styled(const std::string& name, std::int64_t in, std::int64_t out) {
        add(name + ".weight", {1});
        modulated(name, in, out, 3);
    }

    void generator() {
        const std::string prefix = "stylegan_decoder.";
        const auto& channels = size_.channels;
        constexpr std::int64_t kFirst = GfpganArchitecture::kFirstSide;
        for (int layer = 0; layer < kMappingLayers; ++layer) {
            linear(fmt::format("{}style_mlp.{}", prefix, 2 * layer + 1), size_.style, size_.style);
        }
        add(prefix + "constant_input.weight", {1, channels[0], kFirst, kFirst});
        styled(prefix + "style_conv1", channels[0], channels[0]);
        modulated(prefix + "to_rgb1", channels[0], 3, 1);
        for (std::size_t i = 0; i < size_.levels(); ++i) {
            styled(fmt::format("{}style_convs.{}", prefix, 2 * i), channels[i], channels[i + 1]);
            styled(fmt::format("{}style_convs.{}", prefix, 2 * i + 1), channels[i + 1],
                   channels[i + 1]);
        }
        for (std::size_t i = 0; i < size_.levels(); ++i) {
            modulated(fmt::format("{}to_rgbs.{}", prefix, i), channels[i + 1], 3, 1);
        }
        for (std::size_t i = 0; i <= 2 * size_.levels(); ++i) {
            const std::int64_t side = kFirst << ((i + 1) / 2);
            add(fmt::format("{}noises.noise{}", prefix, i), {1, 1, side, side});
        }
    }

    const GfpganArchitecture& size_;
    std::vector<WeightSpec> weights_;
};

}  // namespace

std::optional<GfpganArchitecture> recognize_gfpgan(const StateDict& state) {
    if (state.find("conv_body_first.weight") == nullptr ||
        state.find("stylegan_decoder.constant_input.weight") == nullptr) {
        return std::nullopt;
    }
    GfpganArchitecture found;
    found.style =
        extent_of(state, "stylegan_decoder.style_conv1.modulated_conv.modulation.weight", 2, 1);
    check_at_most(found.style, kMostStyle, "numbers in a latent");
    found.channels = {extent_of(state, "stylegan_decoder.constant_input.weight", 4, 1)};
    const auto key_of = [](std::size_t level) {
        return fmt::format("stylegan_decoder.style_convs.{}.modulated_conv.weight", 2 * level);
    };
    for (std::size_t level = 0; level <= kMostLevels && state.find(key_of(level)) != nullptr;
         ++level) {
        found.channels.push_back(extent_of(state, key_of(level), 5, 1));
    }
    check_at_most(static_cast<std::int64_t>(found.levels()), static_cast<std::int64_t>(kMostLevels),
                  "sizes above the first");
    for (const std::int64_t channels : found.channels) {
        check_at_most(channels, kMostChannels, "channels");
        if (channels % 2 != 0) {
            throw ModelError(fmt::format(
                "it is a GFPGAN with {} channels, which cannot be halved for its U-Net", channels));
        }
    }
    return found;
}

RecognizedNetwork describe(const GfpganArchitecture& architecture) {
    const std::int64_t side = architecture.side();
    const bool usual = architecture == GfpganArchitecture{};
    return {.text = fmt::format("gfpgan{} {}x{}, faces restored", usual ? "" : " of other widths",
                                side, side),
            .input_height = side,
            .input_width = side,
            .channels = "RGB",
            .counted = "sizes of its generator",
            .count = static_cast<std::int64_t>(architecture.channels.size()),
            .weights = WeightList(architecture).write()};
}

}  // namespace closet
