#pragma once

#include "core/frame.h"

namespace closet {

/// The picture as in a mirror: left and right swapped as it is shown (Frame::rotation counts). In
/// the frame's own pixel format, every plane flipped; samples are moved, never changed. A new
/// picture: the frame's may be shared. For one stream: buffers are reused.
class Mirror {
  public:
    /// Throws MediaError for a pixel format that cannot be painted on (core/pixel_format.h).
    Frame operator()(const Frame& frame);

  private:
    AvBufferPool pool_;
    std::size_t buffer_size_ = 0;
};

}  // namespace closet
