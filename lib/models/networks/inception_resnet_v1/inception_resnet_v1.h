#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/networks/families.h"

namespace closet {

/// Inception-ResNet-v1 (Szegedy et al. 2016), as facenet-pytorch trained it to tell faces apart: a
/// face becomes a vector, and vectors of one person point the same way.
struct InceptionResnetV1Architecture {
    std::int64_t widths_divided_by = 1;  ///< of the published network's widths: 1, 2, 4, 8 or 16
    std::int64_t classes = 0;            ///< people of the training set; 0: without "logits.*"

    std::int64_t embedding() const { return 512 / widths_divided_by; }

    static constexpr std::int64_t kInputSide = 160;  ///< pixels
};

/// What a checkpoint is, from its keys and shapes; nothing where it is none of it. Throws
/// ModelError for widths that no known network has.
std::optional<InceptionResnetV1Architecture> recognize_inception_resnet_v1(const StateDict& state);

/// Input: RGB, 160 x 160, (v - 127.5) / 128. Output "embedding", 1 x 1 x 1 x embedding(), not yet
/// of length 1. Labels: names of the modules, "conv2d_1a" to "block8", and "logits" where the
/// checkpoint has them.
NetworkGraph build_inception_resnet_v1(const InceptionResnetV1Architecture& architecture,
                                       Parameters& parameters, const std::string& name,
                                       std::span<const std::string> taps = {});

RecognizedNetwork describe(const InceptionResnetV1Architecture& architecture);

}  // namespace closet
