#pragma once

#include <optional>
#include <span>
#include <string>

#include "models/rtm/cspnext.h"
#include "models/rtm/simcc_head.h"

namespace closet {

/// RTMPose: CSPNeXt and a SimCC head, keypoints of the one person in a crop (Jiang et al. 2023).
struct RtmPoseArchitecture {
    CspNextSize backbone{};
    std::int64_t input_width = 192, input_height = 256;  ///< pixels, multiples of 32
    SimccSize head{};

    friend bool operator==(const RtmPoseArchitecture&, const RtmPoseArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes: the sizes of those that MMPose publishes, with
/// any number of keypoints up to 512 and any input up to 1024 pixels. Nothing where it is no
/// RTMPose. Throws ModelError where it is one whose sizes are none of these.
std::optional<RtmPoseArchitecture> recognise_rtmpose(const StateDict& state);

/// "rtmpose-s 256x192, 17 keypoints": the field's name, height before width.
std::string to_string(const RtmPoseArchitecture& architecture);

/// The graph. Input: an RGB crop, (value - mean) / deviation with means 123.675, 116.28, 103.53 and
/// deviations 58.395, 57.12, 57.375. Outputs: "simcc_x" and "simcc_y" (see simcc_head), then the
/// values with the labels `taps`, for tests. `name` is for messages.
NetworkGraph build_rtmpose(const RtmPoseArchitecture& architecture, Parameters& parameters,
                           const std::string& name, std::span<const std::string> taps = {});

}  // namespace closet
