#pragma once

#include <cstdint>
#include <span>

#include <ATen/core/Tensor.h>
#include <opencv2/core/types.hpp>

#include "warp/mesh/drawing.h"
#include "warp/tensor/atlas.h"

namespace closet::tensor {

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
