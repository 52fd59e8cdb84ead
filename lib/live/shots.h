#pragma once

#include <vector>

#include "core/frame.h"
#include "core/pose.h"

namespace closet {

// What goes from thread to thread in a live run.

/// A frame on its way from the camera to rendering. Scenes are numbered from 1: queues may drop the
/// very frame on which one starts.
struct Shot {
    Frame frame;
    LiveClock::time_point captured;
    int scene = 0;
};

/// What inference sees of a frame.
struct LiveView {
    View view;
    std::int64_t index = 0;  ///< of its frame
    double seconds = 0;      ///< Frame::seconds
    LiveClock::time_point captured;
    cv::Size picture;  ///< its frame in shown pixels
    int scene = 0;
    /// The first view that looked like this one, by its index: its own where something moved. What
    /// was found on that one holds here, if it was inferred and not dropped.
    std::int64_t like = 0;
};

/// What inference found on it.
struct LiveResult {
    std::vector<Pose> poses;
    double seconds = 0;
    LiveClock::time_point captured;
    cv::Size picture;  ///< its frame in shown pixels
    int scene = 0;
    bool still = false;  ///< the poses found last hold again
};

/// A frame on its way to the output or the window.
struct RenderedFrame {
    Frame frame;
    LiveClock::time_point captured;
};

}  // namespace closet
