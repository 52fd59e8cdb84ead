#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/networks/families.h"

namespace closet {

/// GFPGANv1Clean (TencentARC/GFPGAN, gfpgan/archs/gfpganv1_clean_arch.py at 18a3021, of which 1.2
/// to 1.4 are): a U-Net sees a face and steers, at each size, the generator of faces that paints it
/// anew. It is no graph (Note [Networks without a graph]); models/functional/gfpgan.h computes it.
struct GfpganArchitecture {
    static constexpr std::int64_t kFirstSide = 4;

    std::int64_t style = 512;  ///< numbers of each latent
    /// The generator's channels at sides of 4, 8, 16 and so on, the last one being the picture's.
    /// The U-Net has half as many.
    std::vector<std::int64_t> channels{512, 512, 512, 512, 512, 256, 128, 64};

    /// Sides above the first: each is a block of the U-Net's way down, of its way up, and two
    /// convolutions of the generator.
    std::size_t levels() const { return channels.size() - 1; }
    std::int64_t side() const { return kFirstSide << levels(); }  ///< of the picture, pixels
    std::int64_t latents() const { return 2 * static_cast<std::int64_t>(levels()) + 2; }
    bool operator==(const GfpganArchitecture&) const = default;
};

/// What a checkpoint's shapes say; nothing where it is no GFPGAN. Throws ModelError where sizes are
/// beyond any known one's.
std::optional<GfpganArchitecture> recognize_gfpgan(const StateDict& state);

RecognizedNetwork describe(const GfpganArchitecture& architecture);

}  // namespace closet
