#pragma once

#include "models/networks/load_as.h"
#include "models/networks/rtm/rtmdet.h"
#include "models/networks/rtm/rtmpose.h"

namespace closet {

using RtmOptions = LoadOptions;

template <class Architecture>
using RtmNetwork = NetworkOf<Architecture>;

/// Throw ModelError where the checkpoint is no network of this kind, has sizes that no known one
/// has, or lacks parameters (see allow_partial). The input of a pose's network is fixed.
RtmNetwork<RtmPoseArchitecture> load_rtmpose(const Checkpoint& checkpoint,
                                             const RtmOptions& options = {});
RtmNetwork<RtmDetArchitecture> load_rtmdet(const Checkpoint& checkpoint,
                                           const RtmOptions& options = {});

}  // namespace closet
