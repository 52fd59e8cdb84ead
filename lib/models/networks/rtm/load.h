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
    bool allow_partial = false;  ///< see load_network

    /// Sides of a detector's input in pixels, width first; unset: see RtmDetArchitecture.
    std::optional<std::pair<std::int64_t, std::int64_t>> input{};

    std::vector<std::string> taps{};  ///< further outputs, for tests
};

/// A network out of a checkpoint, see LoadedNetwork.
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

}  // namespace closet
