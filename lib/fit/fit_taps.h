#pragma once

#include <functional>

#include "core/frame.h"
#include "core/pose.h"
#include "warp/warp.h"

namespace closet {

/// Looks into a run, for those who measure it. Each is called once a frame, in the order of frames,
/// on the thread of the stage where it looks, so what it does counts as that stage's work. One that
/// throws ends the run. Empty ones cost nothing.
struct FitTaps {
    std::function<void(const Frame&)> frame_in;      ///< as the source hands it out
    std::function<void(const PosedFrame&)> posed;    ///< with its final poses, before the warp
    std::function<void(const MattedFrame&)> matted;  ///< painted; not with FitOutputs::matte
    std::function<void(const Frame&)> frame_out;     ///< painted, as the sink gets it
};

}  // namespace closet
