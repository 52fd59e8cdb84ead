#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "models/networks/families.h"

namespace closet {

/// MobileSAM (Zhang et al. 2023): Segment Anything (Kirillov et al. 2023) with TinyViT (Wu et al.
/// 2022) for its encoder, under the names of ChaoningZhang/MobileSAM: a picture becomes an
/// embedding, and that and points, a box or a rough mask become masks.
struct MobileSamArchitecture {
    static constexpr std::int64_t kSide = 1024;  ///< of the picture, pixels
    static constexpr std::int64_t kGrid = 64;    ///< cells a side of the embedding
    static constexpr std::int64_t kMasks = 4;    ///< one for clear prompts, three for doubtful ones
    static constexpr std::int64_t kMaskSide = 4 * kGrid;  ///< of masks, pixels
    static constexpr std::int64_t kHeads = 8;             ///< of the decoder's attention

    /// A stage of TinyViT. The first one is of convolutions and has neither heads nor windows.
    struct Stage {
        std::int64_t blocks = 0, width = 0;
        std::int64_t heads = 0, window = 0;  ///< cells a side

        friend bool operator==(const Stage&, const Stage&) = default;
    };

    // Those of mobile_sam.pt stand here. Micro ones are for tests.
    std::array<Stage, 4> stages{{{2, 64}, {2, 128, 4, 7}, {6, 160, 5, 14}, {2, 320, 10, 7}}};
    std::int64_t stem = 32;                          ///< channels after the first convolution
    std::int64_t width = 256;                        ///< channels of the embedding and of tokens
    std::int64_t perceptron = 2048;                  ///< of the decoder's layers
    std::array<std::int64_t, 2> mask_widths{4, 16};  ///< of the convolutions over a rough mask

    friend bool operator==(const MobileSamArchitecture&, const MobileSamArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes. Nothing where it is no Segment Anything. Throws
/// ModelError for one with another encoder, and for sizes far above those of the published one.
std::optional<MobileSamArchitecture> recognize_mobile_sam(const StateDict& state);

/// "mobile-sam 1024x1024, 4 masks".
std::string to_string(const MobileSamArchitecture& architecture);

/// The weights of a network (Note [Networks without a graph]).
RecognizedNetwork describe(const MobileSamArchitecture& architecture);

}  // namespace closet
