#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/networks/families.h"
#include "models/networks/load_as.h"

namespace closet {

/// HRNet for poses (Sun et al. 2019): keypoints of the one person in a crop, as heat maps at a
/// quarter of its size. Four branches at one half of the size of the one before each, of twice its
/// channels, talk to each other all the way.
struct HrnetArchitecture {
    static constexpr std::size_t kStages = 3;  ///< stage2 to stage4, of 2, 3 and 4 branches

    std::int64_t input_width = 192, input_height = 256;  ///< pixels, multiples of 32
    std::int64_t width = 32;                             ///< channels of the first branch
    std::int64_t keypoints = 17;
    std::int64_t bottlenecks = 4;                        ///< of layer1
    std::array<std::int64_t, kStages> modules{1, 4, 3};  ///< of each stage
    std::int64_t blocks = 4;                             ///< of each branch of a module

    /// Whose names the parameters have. Networks are the same; decoding at borders differs.
    enum class Layout {
        kOriginal,  ///< "conv1", "final_layer": deep-high-resolution-net.pytorch
        kMmpose,    ///< "backbone.conv1", "head.final_layer": MMPose 1.x
        kMmpose0    ///< the same with "keypoint_head.": MMPose 0.x
    };
    Layout layout = Layout::kOriginal;

    friend bool operator==(const HrnetArchitecture&, const HrnetArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes: any width up to 256 and any depth up to 16 of a
/// kind. The size of the input is in none of them: 256 x 192 is assumed. Nothing where it is no
/// HRNet for poses. Throws ModelError where it is one of other sizes.
std::optional<HrnetArchitecture> recognize_hrnet(const StateDict& state);

/// "hrnet-w32 256x192, 17 keypoints": height before width.
std::string to_string(const HrnetArchitecture& architecture);

/// The same for the list of families.
RecognizedNetwork describe(const HrnetArchitecture& architecture);

/// The graph. Input: an RGB crop, normalized as RTMPose's. Output "heatmap": height / 4 x width / 4
/// x keypoints. Then the values with the labels `taps`, for tests. `name` is for messages. Throws
/// ModelError for an input whose sides are no multiples of 32 up to 1024.
NetworkGraph build_hrnet(const HrnetArchitecture& architecture, Parameters& parameters,
                         const std::string& name, std::span<const std::string> taps = {});

using Hrnet = NetworkOf<HrnetArchitecture>;

/// See load_as.
Hrnet load_hrnet(const Checkpoint& checkpoint, const LoadOptions& options = {});

}  // namespace closet
