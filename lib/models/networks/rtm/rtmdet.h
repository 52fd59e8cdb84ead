#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "models/networks/families.h"
#include "models/networks/graph_writer.h"
#include "models/networks/rtm/cspnext.h"

namespace closet {

/// RTMDet: CSPNeXt, CSPNeXtPAFPN and a dense head; boxes of objects in a picture (Lyu et al. 2022).
struct RtmDetArchitecture {
    /// Pixels of the input between two pixels of each level.
    static constexpr std::array<std::int64_t, 3> kStrides{8, 16, 32};

    CspNextSize backbone{};
    std::int64_t classes = 1;

    /// Pixels, multiples of 32. A checkpoint does not say it: what `recognize_rtmdet` gives is what
    /// the published models were trained with; another size can be set.
    std::int64_t input_width = 640, input_height = 640;

    /// Whether a side's distance is exp(ltrb) * stride pixels instead of ltrb * stride, as the
    /// configurations say (exp_on_reg): not for nano, tiny and s.
    bool exp_on_reg = true;

    friend bool operator==(const RtmDetArchitecture&, const RtmDetArchitecture&) = default;
};

/// What a checkpoint is, from its keys and shapes: the sizes of those that MMDetection publishes,
/// with up to 1024 classes. Nothing where it is no RTMDet. Throws ModelError where it is one whose
/// sizes are none of these.
std::optional<RtmDetArchitecture> recognize_rtmdet(const StateDict& state);

/// "rtmdet-nano 320x320, 1 class": the field's name, height before width.
std::string to_string(const RtmDetArchitecture& architecture);

/// The same for the list of families.
RecognizedNetwork describe(const RtmDetArchitecture& architecture);

/// The graph. Input: a BGR picture, (value - mean) / deviation with means 103.53, 116.28, 123.675
/// and deviations 57.375, 57.12, 58.395. Outputs "cls_logits0" to 2, then "ltrb0" to 2, one a
/// level: 1 x H / stride x W / stride x classes, class probability = sigmoid(logit), and x 4: left,
/// top, right and bottom side, raw (see exp_on_reg), counted from the point (column * stride, row *
/// stride). Then the values with the labels `taps`, for tests. `name` is for messages. Throws
/// ModelError where the input's sides are no multiples of 32 from 32 to 4096.
NetworkGraph build_rtmdet(const RtmDetArchitecture& architecture, Parameters& parameters,
                          const std::string& name, std::span<const std::string> taps = {});

}  // namespace closet
