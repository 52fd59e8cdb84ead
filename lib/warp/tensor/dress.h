#pragma once

#include <ATen/core/Tensor.h>

#include "warp/tensor/painter.h"
#include "warp/tensor/rasterize.h"

namespace closet::tensor {

/// The patch of a drawn garment: 4 x rows x columns of `drawing.where`, R G B A straight, 32-bit
/// integers of 0 .. 255. What MeshWarp::paint, apply_light, ContactShadow and the cuts of what is
/// in front give; levels may be one off where those round on the way.
at::Tensor dress(const TensorGarment& garment, Atlas& atlas);

}  // namespace closet::tensor
