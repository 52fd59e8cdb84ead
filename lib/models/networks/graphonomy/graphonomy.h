#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "models/networks/families.h"
#include "models/networks/graph_writer.h"
#include "models/networks/load_as.h"

namespace closet {

/// The classes of Graphonomy's CIHP network, in the order of its logits.
inline constexpr std::array<std::string_view, 20> kGraphonomyClasses{
    "background", "hat",       "hair",     "glove",      "sunglasses", "upper",     "dress",
    "coat",       "socks",     "trousers", "torso skin", "scarf",      "skirt",     "face",
    "left arm",   "right arm", "left leg", "right leg",  "left shoe",  "right shoe"};

/// Graphonomy for human parsing (Gong et al. 2019): DeepLabV3+ on Xception, then reasoning over a
/// graph of body parts that borrows from a second, coarser one. The CIHP network, inference.pth.
struct GraphonomyArchitecture {
    std::int64_t stem1 = 32, stem2 = 64;  ///< channels of the backbone's first two convolutions
    std::int64_t block1 = 128, block2 = 256, middle = 728, block20 = 1024;  ///< of its blocks
    std::int64_t exit1 = 1536, exit2 = 1536, exit3 = 2048;                  ///< of its last three
    std::int64_t head = 256;   ///< channels of the decoder
    std::int64_t low = 48;     ///< of those that skip to it
    std::int64_t nodes = 128;  ///< of the graphs' nodes

    /// Pixels, at least 16. The checkpoint does not say it: it takes any size, and was trained with
    /// 512 x 512.
    std::int64_t input_width = 512, input_height = 512;

    friend bool operator==(const GraphonomyArchitecture&, const GraphonomyArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes: all widths are read from the weights. Nothing
/// where it is no Graphonomy. Throws ModelError for the one that was trained on three sets at once
/// (universal_trained.pth), for other classes than CIHP's, and for widths that none can have.
std::optional<GraphonomyArchitecture> recognize_graphonomy(const StateDict& state);

/// "graphonomy 512x512, 20 classes": height before width.
std::string to_string(const GraphonomyArchitecture& architecture);

/// The same for the list of families.
RecognizedNetwork describe(const GraphonomyArchitecture& architecture);

/// The graph. Input: a BGR picture, value / 127.5 - 1. Output "logits", 1 x H x W x 20, see
/// kGraphonomyClasses; a pixel's class is the first largest. Taps, for tests: "block1", "block3",
/// "block19", "block20", "xception", "low_level", "aspp_cat", "decoder" (H x W x C),
/// "source_nodes", "target_nodes", "target_graph3" (nodes x channels), "graph_to_feature" (1 x C)
/// and "semantic" (logits at a quarter of the size). Throws ModelError where a side is not 16 to
/// 2048.
///
/// networks/deeplab_xception_transfer.py, networks/gcn.py, networks/graph.py
/// (Gaoyiminggithub/Graphonomy @ 09e5dd4, MIT), as the reference data's architecture.md has them.
NetworkGraph build_graphonomy(const GraphonomyArchitecture& architecture, Parameters& parameters,
                              const std::string& name, std::span<const std::string> taps = {});

using Graphonomy = NetworkOf<GraphonomyArchitecture>;

/// Throws ModelError where the checkpoint is no Graphonomy or lacks parameters (see allow_partial).
Graphonomy load_graphonomy(const Checkpoint& checkpoint, const LoadOptions& options = {});

/// The mean of the logits of a picture and of its mirror image, both H x W x 20, written over the
/// first: the second is mirrored back and its left and right parts exchanged. `width`: W.
void average_with_mirror_image(std::span<float> logits, std::span<const float> mirrored,
                               std::int64_t width);

}  // namespace closet
