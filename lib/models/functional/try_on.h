#pragma once

#include <functional>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/functional/tensors.h"
#include "models/networks/try_on/try_on.h"

namespace closet {

// The networks of models/networks/try_on over LibTorch's operators. Pictures are N x C x H x W,
// -1..1. What happens on the way is kept in
// `taps` where it is not null, for tests.
using Taps = std::map<std::string, at::Tensor>;
inline void keep(Taps* taps, const std::string& name, const at::Tensor& value) {
    if (taps != nullptr) {
        taps->insert_or_assign(name, value);
    }
}

/// Offsets of the plate's points, N x 50, each -1..1: those across, then those down (see
/// infer/try_on/thin_plate.h). `person`: N x 22 or 7 x 256 x 192; `garment`: N x 3 x 256 x 192.
at::Tensor match_geometry(const Tensors& weights, const GeometricMatching& architecture,
                          const at::Tensor& person, const at::Tensor& garment,
                          Taps* taps = nullptr);

/// What CP-VTON's try-on module paints.
struct TriedOn {
    at::Tensor rendered;  ///< N x 3, -1..1: the person in the garment, blurry
    at::Tensor mask;      ///< N x 1, 0..1: where the warped garment itself is to be seen
};
/// `person`: N x 22 x H x W; `warped`: N x 3 x H x W, the garment as matching laid it. Sides are
/// multiples of 64.
TriedOn try_on(const Tensors& weights, const at::Tensor& person, const at::Tensor& warped,
               Taps* taps = nullptr);

/// Probabilities of 13 classes, N x 13 x H x W. `input`: N x 21 x H x W, sides multiples of 16.
at::Tensor segment_try_on(const Tensors& weights, const at::Tensor& input, Taps* taps = nullptr);

/// What the ALIAS generator sees; sides are multiples of 128.
struct AliasInput {
    at::Tensor picture;     ///< N x 9: person without garment, pose, warped garment
    at::Tensor segments;    ///< N x 7, 0..1
    at::Tensor misaligned;  ///< N x 1, 0..1: garment is wanted where the warped one is not
};
/// The noise of a normalization, N x 1 x H x W, by its name ("head_0.norm_0"). An undefined tensor
/// stands for none.
using AliasNoise = std::function<at::Tensor(const std::string& name, at::IntArrayRef shape)>;

/// The picture, N x 3, -1..1. Normalizations of what is misaligned are worked out in float64: a
/// region of one pixel has no variance, which multiplies rounding by 316. What follows from the
/// segments alone is worked out once for each segment, and pixel by pixel near their borders only.
at::Tensor generate_alias(const Tensors& weights, const AliasGenerator& architecture,
                          const AliasInput& input, const AliasNoise& noise, Taps* taps = nullptr);

}  // namespace closet
