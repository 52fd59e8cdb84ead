#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/networks/families.h"
#include "models/networks/load_as.h"

namespace closet {

/// DeepLabV3+ (Chen et al. 2018) as DeepLabV3Plus-Pytorch has it: the 21 classes of Pascal VOC, of
/// which one is a person. Backbones are MobileNetV2 and ResNets of bottlenecks, at a sixteenth of
/// the picture's size.
struct DeepLabArchitecture {
    static constexpr std::size_t kPerson = 15;  ///< the class

    /// One block of the backbone.
    struct Block {
        std::int64_t middle = 0;    ///< channels between its convolutions
        std::int64_t channels = 0;  ///< of its result

        friend bool operator==(const Block&, const Block&) = default;
    };

    std::int64_t input_width = 513, input_height = 513;  ///< pixels
    bool is_mobilenet = true;
    std::int64_t stem = 32;
    /// MobileNetV2: features 1 to 17 in one list. ResNet: layers 1 to 4.
    std::vector<std::vector<Block>> layers;
    std::int64_t low = 48;    ///< channels that fine features are brought to
    std::int64_t head = 256;  ///< channels of the pyramid and what follows
    std::int64_t classes = 21;

    friend bool operator==(const DeepLabArchitecture&, const DeepLabArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes, with any widths up to 4096. Nothing where it is
/// no DeepLabV3+. Throws ModelError where it is one that cannot be used.
std::optional<DeepLabArchitecture> recognize_deeplab(const StateDict& state);

/// "deeplabv3plus-mobilenet 513x513, 21 classes", "deeplabv3plus-resnet101 ...".
std::string to_string(const DeepLabArchitecture& architecture);

/// The same for the list of families.
RecognizedNetwork describe(const DeepLabArchitecture& architecture);

/// The graph. Input: an RGB picture of any size, normalized by ImageNet's mean and deviation.
/// Output "semantic": logits, a quarter of the input's size rounded as the network does x classes;
/// label "logits": the same at the input's size. Then the values with the labels `taps`, for tests.
/// `name` is for messages. Throws ModelError for an input beyond 32 to 2048 pixels a side.
NetworkGraph build_deeplab(const DeepLabArchitecture& architecture, Parameters& parameters,
                           const std::string& name, std::span<const std::string> taps = {});

using DeepLab = NetworkOf<DeepLabArchitecture>;

/// See load_as.
DeepLab load_deeplab(const Checkpoint& checkpoint, const LoadOptions& options = {});

}  // namespace closet
