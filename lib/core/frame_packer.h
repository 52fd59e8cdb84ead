#pragma once

#include <cstddef>

#include "core/av_handles.h"
#include "core/frame.h"

namespace closet {

/// Note [Packed frames]
/// Between its view for inference and its painting nobody looks at a frame's pixels, and that takes
/// the better part of a second: later key frames, over which poses are smoothed, come first. So
/// where memory is scarce frames are packed meanwhile, without loss. Rows of a clip's pictures
/// differ little from the rows above: these differences are kept, in blocks of 32 bytes, with as
/// many bits each as the largest of the block needs. A third of the memory is left, for 0.4 ms of a
/// core a frame of 1080x1920 and as much again to unpack it (results/fit.md).
class FramePacker {
  public:
    /// Packs the frame's picture and lets go of its pixels; its properties stay. Does nothing where
    /// that was done, or where the pixels are not in memory.
    void pack(Frame& frame);

  private:
    AvBuffer new_piece(std::size_t longest);

    AvBufferPool pieces_;  ///< of `piece_size_`: blocks of many sizes would leave holes in the heap
    std::size_t piece_size_ = 0;
};

/// The pixels of a packed frame again, in a picture of the pool, shared with nobody. Does nothing
/// where they are there. Throws MediaError, std::bad_alloc.
void unpack(Frame& frame, FramePool& pool);

}  // namespace closet
