#pragma once

#include <chrono>

#include "core/frame.h"

namespace closet {

/// The clock of live runs: latency is measured on it, and it never jumps.
using LiveClock = std::chrono::steady_clock;

/// A frame of a live source. Its time stamps are microseconds since the source's first frame
/// (`frame.time_base` is 1/1000000), strictly growing; `frame.index` counts the frames that the
/// source handed out.
struct CapturedFrame {
    Frame frame;
    /// When the picture came to be: the kernel's stamp of a camera's frame, the due time of a file
    /// that is played at its own rate, the arrival of the packet for everything else. Decoding is
    /// after it, so it counts as latency.
    LiveClock::time_point captured;
};

}  // namespace closet
