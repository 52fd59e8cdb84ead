#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/networks/key_report.h"
#include "models/networks/rtm/rtmdet.h"
#include "models/networks/rtm/rtmpose.h"

namespace closet {

struct RtmOptions {
    /// Parameters that the checkpoint lacks, or has in another shape, keep their start values: 1
    /// for the scales of normalisations, 0 for everything else (PyTorch's random ones cannot be
    /// reproduced and would serve no better). Keys that the network has no use for are ignored.
    bool allow_partial = false;

    /// Sides of a detector's input in pixels, width first; unset: see RtmDetArchitecture.
    std::optional<std::pair<std::int64_t, std::int64_t>> input{};

    std::vector<std::string> taps{};  ///< further outputs, for tests
};

/// A network out of a checkpoint, for `make_network`, with its own copy of the weights.
template <class Architecture>
struct RtmNetwork {
    Architecture architecture;
    NetworkGraph graph;
    KeyReport keys;
};

/// Throw ModelError where the checkpoint is no network of this kind, has sizes that no known one
/// has, or lacks parameters (see allow_partial).
RtmNetwork<RtmPoseArchitecture> load_rtmpose(const Checkpoint& checkpoint,
                                             const RtmOptions& options = {});
RtmNetwork<RtmDetArchitecture> load_rtmdet(const Checkpoint& checkpoint,
                                           const RtmOptions& options = {});

/// How the checkpoint's keys fit, without reading a weight.
KeyReport survey(const RtmPoseArchitecture& architecture, const StateDict& state);
KeyReport survey(const RtmDetArchitecture& architecture, const StateDict& state);

}  // namespace closet
