#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/networks/families.h"
#include "models/networks/graph_writer.h"
#include "models/networks/rtm/cspnext.h"

namespace closet {

/// Sizes of the gated attention unit (Hua et al. 2022) in the head.
struct GauSize {
    std::int64_t hidden = 256;     ///< channels D of input and result
    std::int64_t attention = 128;  ///< channels S of query and key

    /// Channels E of gate and value: the expansion factor is 2 in every RTMPose configuration.
    std::int64_t expanded() const { return 2 * hidden; }

    friend bool operator==(const GauSize&, const GauSize&) = default;
};

/// Sizes of the head, which gives logits over the columns and over the rows for each keypoint
/// (SimCC).
struct SimccSize {
    std::int64_t keypoints = 17;
    std::int64_t bins_x = 384, bins_y = 512;  ///< two a pixel of the input picture
    GauSize gau{};

    friend bool operator==(const SimccSize&, const SimccSize&) = default;
};

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
std::optional<RtmPoseArchitecture> recognize_rtmpose(const StateDict& state);

/// "rtmpose-s 256x192, 17 keypoints": the field's name, height before width.
std::string to_string(const RtmPoseArchitecture& architecture);

/// The same for the list of families.
RecognizedNetwork describe(const RtmPoseArchitecture& architecture);

/// The graph. Input: an RGB crop, (value - mean) / deviation with means 123.675, 116.28, 103.53 and
/// deviations 58.395, 57.12, 57.375. Outputs: "simcc_x", 1 x keypoints x 1 x bins_x, and
/// "simcc_y", 1 x keypoints x 1 x bins_y: the highest bin / 2 is the keypoint's place in pixels.
/// Then the values with the labels `taps`, for tests. `name` is for messages.
NetworkGraph build_rtmpose(const RtmPoseArchitecture& architecture, Parameters& parameters,
                           const std::string& name, std::span<const std::string> taps = {});

}  // namespace closet
