#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/networks/families.h"
#include "models/networks/load_as.h"

namespace closet {

/// OpenPose's body network (Cao et al. 2017) for 18 keypoints, as pytorch-openpose has it: where
/// keypoints are and which way limbs run, of everybody in a picture, at an eighth of its size.
struct OpenPoseArchitecture {
    static constexpr std::int64_t kMaps = 19;        ///< 18 keypoints and what is none
    static constexpr std::int64_t kDirections = 38;  ///< x and y of 19 limbs

    std::int64_t input_width = 368, input_height = 368;  ///< pixels, multiples of 8

    // Channels; those of the published network stand here. Micro ones are for tests.
    std::int64_t conv1 = 64, conv2 = 128, conv3 = 256, conv4 = 512;
    std::int64_t reduced = 256, features = 128;  ///< conv4_3_CPM and conv4_4_CPM
    std::int64_t stage1 = 128, wide = 512;       ///< of conv5_1..3_CPM and conv5_4_CPM
    std::int64_t refined = 128;                  ///< of stages 2 to 6

    friend bool operator==(const OpenPoseArchitecture&, const OpenPoseArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes, with widths up to 1024. Nothing where it is no
/// such network. Throws ModelError where it has other outputs.
std::optional<OpenPoseArchitecture> recognize_openpose(const StateDict& state);

/// "openpose-body 368x368, 18 keypoints".
std::string to_string(const OpenPoseArchitecture& architecture);

/// The same for the list of families.
RecognizedNetwork describe(const OpenPoseArchitecture& architecture);

/// The graph. Input: a BGR picture, value / 256 - 0.5. Outputs: "model6_1", directions, height / 8
/// x width / 8 x 38, and "model6_2", heat maps, ... x 19. Then the values with the labels `taps`,
/// for tests. `name` is for messages. Throws ModelError for an input whose sides are no multiples
/// of 8 up to 4096.
NetworkGraph build_openpose(const OpenPoseArchitecture& architecture, Parameters& parameters,
                            const std::string& name, std::span<const std::string> taps = {});

using OpenPoseNetwork = NetworkOf<OpenPoseArchitecture>;

/// See load_as.
OpenPoseNetwork load_openpose(const Checkpoint& checkpoint, const LoadOptions& options = {});

}  // namespace closet
