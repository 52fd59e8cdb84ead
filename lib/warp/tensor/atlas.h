#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "warp/mesh/texture.h"

namespace closet::tensor {

/// Textures of garments on a device, all levels one behind the other: every layer is sampled from
/// one tensor.
class Atlas {
  public:
    explicit Atlas(c10::Device device);

    /// Where a level lies, in pixels.
    struct Place {
        std::int64_t first = 0;   ///< its first pixel
        std::int64_t stride = 0;  ///< of its rows
    };
    /// Uploads the texture where it is met for the first time. It is known by its address.
    Place place(const mesh::Texture& texture, std::size_t level);

    c10::Device device() const { return pixels_.device(); }
    const at::Tensor& pixels() const { return pixels_; }  ///< N x 4, bytes, premultiplied

  private:
    std::map<const mesh::Texture*, std::vector<Place>> places_;
    at::Tensor pixels_;
};

}  // namespace closet::tensor
