#pragma once

#include <map>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/checkpoint/checkpoint.h"
#include "models/functional/tensors.h"
#include "models/networks/clip/clip.h"

namespace closet {

/// A CLIP out of a checkpoint.
struct ClipNetwork {
    ClipArchitecture architecture;
    Tensors weights;
    KeyReport keys;
};

/// Throws ModelError, with the file's name, where it is none, of sizes that cannot be used, or
/// incomplete (`allow_partial`: see load_weights). `type`: as of Tensors.
ClipNetwork load_clip(const Checkpoint& checkpoint, bool allow_partial = false,
                      c10::Device device = c10::kCPU, at::ScalarType type = at::kFloat);

/// Values on the way, by the names of the reference data, for tests.
using ClipTaps = std::map<std::string, at::Tensor>;

/// Vectors of pictures, N x numbers, not yet of length 1. `pictures`: float32, N x 3 x side x side
/// R G B, normalized (clip_input), on the device of the weights.
at::Tensor clip_image_features(const ClipNetwork& clip, const at::Tensor& pictures,
                               ClipTaps* taps = nullptr);

/// The same of texts. `tokens`: int64, N x context; the vector is that of the place of the largest
/// token, which ends a text. Throws ModelError for other sizes and for tokens that the network does
/// not have.
at::Tensor clip_text_features(const ClipNetwork& clip, const at::Tensor& tokens,
                              ClipTaps* taps = nullptr);

}  // namespace closet
