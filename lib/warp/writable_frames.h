#pragma once

#include "core/frame.h"

namespace closet {

/// Makes frames writable, with copies in reused memory (see FramePool).
class WritableFrames {
  public:
    /// Copies the pixels only when somebody else (a decoder that still refers to the picture, a
    /// second branch) holds them too; all other properties stay. Throws MediaError where the frame
    /// cannot be copied; std::bad_alloc.
    void make_writable(AVFrame& frame);

  private:
    FramePool pool_;
};

}  // namespace closet
