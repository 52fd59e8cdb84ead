#include "models/networks/rtm/load.h"

namespace closet {

RtmNetwork<RtmPoseArchitecture> load_rtmpose(const Checkpoint& checkpoint,
                                             const RtmOptions& options) {
    RtmOptions fixed = options;
    fixed.input.reset();
    return load_as(checkpoint, fixed, "RTMPose", recognize_rtmpose);
}

RtmNetwork<RtmDetArchitecture> load_rtmdet(const Checkpoint& checkpoint,
                                           const RtmOptions& options) {
    return load_as(checkpoint, options, "RTMDet", recognize_rtmdet);
}

}  // namespace closet
