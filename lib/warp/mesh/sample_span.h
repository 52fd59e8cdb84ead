#pragma once

#include <cstddef>
#include <cstdint>

namespace closet::mesh {

/// A walk through a texture: positions and steps with 16 fraction bits.
struct TextureWalk {
    std::int32_t x, y, step_x, step_y;
};

/// Paints `n` >= 1 pixels (R G B A premultiplied) over `out`: bilinear samples, resolved to 1/256
/// pixel, along the walk. The pixels right and below of each position must exist in the texture,
/// whose rows lie `stride` bytes apart.
void paint_span(std::uint8_t* out, const std::uint8_t* texture, std::size_t stride,
                TextureWalk walk, int n);

}  // namespace closet::mesh
