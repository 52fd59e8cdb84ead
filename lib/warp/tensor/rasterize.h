#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>
#include <opencv2/core/types.hpp>

#include "warp/mesh/drawing.h"
#include "warp/mesh/rasterize.h"

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

/// Premultiplied pixels above others, rounded as mesh::rasterize rounds; `alpha` is that of those
/// above.
at::Tensor over(const at::Tensor& below, const at::Tensor& above, const at::Tensor& alpha);

/// How many samples `rasterize` takes for these layers: a row of a mesh's cell counts as wide as
/// the cell.
std::int64_t samples_of(std::span<const mesh::DrawnLayer* const> layers, cv::Size canvas);

/// What mesh::rasterize paints of each layer on a transparent canvas, one picture a layer:
/// L x 4 x rows x columns, R G B A premultiplied, 32-bit integers of 0 .. 255.
///
/// Edges are walked with the same numbers (Note [Edges] in mesh/rasterize.cpp) and samples are
/// rounded alike, so the pictures are the same bit for bit, but where a layer folds over itself
/// more than twice: of what is visible the three shapes on top are seen.
at::Tensor rasterize(std::span<const mesh::DrawnLayer* const> layers, cv::Size canvas,
                     Atlas& atlas);

}  // namespace closet::tensor
