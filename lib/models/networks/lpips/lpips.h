#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/networks/families.h"

namespace closet {

/// LPIPS: how unlike two pictures look (Zhang et al. 2018, "The Unreasonable Effectiveness of Deep
/// Features as a Perceptual Metric"; github.com/richzhang/PerceptualSimilarity at 082bb24f). A
/// backbone that was trained to classify pictures gives activations at some layers, the taps; heads
/// weigh the channels of each. What is made of them is in similarity/lpips.h.
///
/// Weights come in three layouts: `features.*` of torchvision's backbones with `lin<k>.model.1.*`
/// (or either of the two alone), or a whole saved module, `net.slice<k>.*` with its scaling layer.
struct LpipsArchitecture {
    enum class Backbone { kAlex, kSqueeze, kVgg };  ///< AlexNet, SqueezeNet 1.1, VGG16

    Backbone backbone = Backbone::kAlex;
    bool has_backbone = false;  ///< the file holds the backbone's weights
    bool has_heads = false;     ///< and those of the heads
    bool is_module = false;     ///< in the layout of a whole module

    /// Heads of version 0.0 go with inputs that are not normalized. No file tells its version: the
    /// published heads of 0.0 are known by their numbers, all others count as 0.1.
    bool is_version_0_0 = false;

    /// Channels of each convolution, in the order of the backbone; of a fire module those of its
    /// squeezing, of its 1 x 1 and of its 3 x 3 part. Empty where the file has no backbone.
    std::vector<std::int64_t> widths;

    bool is_complete() const { return has_backbone && has_heads; }
};

/// What a checkpoint is, from its keys and shapes; nothing where it is neither LPIPS nor one of its
/// backbones. Throws ModelError where it is one of sizes that cannot be used.
std::optional<LpipsArchitecture> recognize_lpips(const StateDict& state);

/// "lpips-alex v0.1", "vgg16, a backbone of LPIPS", "heads of lpips-squeeze v0.1".
std::string to_string(const LpipsArchitecture& architecture);

/// The same for the list of families.
RecognizedNetwork describe(const LpipsArchitecture& architecture);

/// The least width and height of a picture, pixels: below it a layer would have none.
std::int64_t least_side(LpipsArchitecture::Backbone backbone);

struct LpipsNetwork {
    /// Input: RGB of any size from `least_side` on, (v / 127.5 - 1 - shift) / scale for v in
    /// 0..255. Outputs: the activations at the taps, "tap0" and so on, NHWC.
    NetworkGraph graph;
    std::array<float, 3> shift{}, scale{};  ///< of the input, red first
    std::vector<std::vector<float>> heads;  ///< one weight a channel, for each tap
};

/// The network for pictures of `height` x `width`. `name` is for messages. Throws ModelError for a
/// picture that is too small, and where the file is not complete.
LpipsNetwork build_lpips(const LpipsArchitecture& architecture, Parameters& parameters,
                         const std::string& name, std::int64_t height, std::int64_t width);

}  // namespace closet
