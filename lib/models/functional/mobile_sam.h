#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/checkpoint/checkpoint.h"
#include "models/functional/tensors.h"
#include "models/networks/mobile_sam/mobile_sam.h"

namespace closet {

/// A MobileSAM out of a checkpoint.
struct MobileSamNetwork {
    MobileSamArchitecture architecture;
    Tensors weights;
    KeyReport keys;
};

/// Throws ModelError, with the file's name, where it is none, of sizes that cannot be used, or
/// incomplete (`allow_partial`: see load_weights).
MobileSamNetwork load_mobile_sam(const Checkpoint& checkpoint, bool allow_partial = false,
                                 c10::Device device = c10::kCPU);

/// Values on the way, by the names of the reference data, for tests.
using MobileSamTaps = std::map<std::string, at::Tensor>;

/// Pictures as the network takes them. `rgb`: bytes, N x 3 x h x w R G B of up to 1024 a side; the
/// rest, right and below, is filled with zeros.
at::Tensor mobile_sam_input(const at::Tensor& rgb);

/// N x 256 x 64 x 64 of `pictures`: float32, N x 3 x 1024 x 1024 R G B, normalized, on the device
/// of the weights. What costs most of the time. Throws ModelError for other sizes.
at::Tensor mobile_sam_embedding(const MobileSamNetwork& network, const at::Tensor& pictures,
                                MobileSamTaps* taps = nullptr);

/// What is pointed at. Coordinates are pixels of the network's picture, (0, 0) the middle of the
/// first one.
struct SamPrompt {
    struct Point {
        float x = 0, y = 0;
        bool inside = true;  ///< else what is there is not meant
    };
    std::vector<Point> points;
    std::optional<std::array<float, 4>> box;  ///< left, top, right, bottom
    /// Undefined, or logits of an earlier answer, 1 x 1 x 256 x 256, that are to be refined.
    at::Tensor mask;
};

/// A prompt as the decoder takes it.
struct SamPromptEmbedding {
    at::Tensor sparse;  ///< 1 x tokens x channels
    at::Tensor dense;   ///< 1 x channels x 64 x 64
};
/// Throws ModelError for a prompt without a point and a box, or a mask of another size.
SamPromptEmbedding embed_prompt(const MobileSamNetwork& network, const SamPrompt& prompt);

/// Fourier features of the embedding's cells, 1 x channels x 64 x 64.
at::Tensor mobile_sam_cell_places(const MobileSamNetwork& network);

/// Masks of one picture. The first is for prompts that leave no doubt (a box, several points); the
/// others are for a single point: part, whole and between.
struct SamMasks {
    at::Tensor logits;  ///< 1 x 4 x 256 x 256; above 0 is inside
    at::Tensor scores;  ///< 1 x 4: the IoU with the truth that the network expects
};
/// `embedding`: of one picture.
SamMasks mobile_sam_masks(const MobileSamNetwork& network, const at::Tensor& embedding,
                          const SamPromptEmbedding& prompt);

/// Logits, N x M x 256 x 256, at a picture's size, N x M x rows x columns. `shown`: rows and
/// columns of the network's picture that show it.
at::Tensor mobile_sam_logits_at_picture(const at::Tensor& logits, std::array<std::int64_t, 2> shown,
                                        std::array<std::int64_t, 2> picture);

}  // namespace closet
