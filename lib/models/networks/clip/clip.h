#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/networks/families.h"

namespace closet {

/// CLIP (Radford et al. 2021) with a vision transformer, under the names of openai/CLIP: pictures
/// and texts become vectors that are alike where the text fits the picture.
struct ClipArchitecture {
    static constexpr std::int64_t kHeadWidth = 64;  ///< channels of a head, of every published one

    // Those of ViT-B/32 stand here. Micro ones are for tests.
    std::int64_t patch = 32;  ///< pixels a side
    std::int64_t grid = 7;    ///< patches a side of the picture
    std::int64_t vision_width = 768, vision_layers = 12;
    std::int64_t text_width = 512, text_layers = 12;
    std::int64_t vocabulary = 49408;  ///< tokens
    std::int64_t context = 77;        ///< tokens of a text
    std::int64_t numbers = 512;       ///< of a vector

    std::int64_t side() const { return patch * grid; }  ///< of the picture, pixels

    friend bool operator==(const ClipArchitecture&, const ClipArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes. Nothing where it is no CLIP. Throws ModelError
/// for one whose pictures go through a ResNet, and for sizes far above those of published ones.
std::optional<ClipArchitecture> recognize_clip(const StateDict& state);

/// "clip-vit-b/32 224x224, 49408 tokens, 512 numbers".
std::string to_string(const ClipArchitecture& architecture);

/// The weights of a network (Note [Networks without a graph]).
RecognizedNetwork describe(const ClipArchitecture& architecture);

}  // namespace closet
