#pragma once

#include "core/frame.h"

namespace closet {

namespace flags {
inline constexpr const char* kNoMirror = "--no-mirror";
}

/// The picture as in a mirror: left and right swapped as it is shown (Frame::orientation counts).
/// In the frame's own pixel format, every plane flipped; samples are moved, never changed. A new
/// picture: the frame's may be shared. For one stream: buffers are reused.
class Mirror {
  public:
    /// Passthrough packets stay with `frame`. Throws MediaError for a pixel format that cannot be
    /// painted on (core/pixel_format.h).
    Frame operator()(const Frame& frame);

  private:
    FramePool pool_;
};

}  // namespace closet
