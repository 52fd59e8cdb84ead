#pragma once

#include <memory>

#include "core/av_handles.h"
#include "core/frame.h"
#include "warp/paint/patch.h"

namespace closet {

/// Paints patches into frames, in the frame's own pixel format; nothing outside the patch's
/// rectangle is touched, and inside it a sample under alpha 0 keeps every bit.
///
/// RGB patches are converted to the frame's matrix, range and depth on the way (see frame_color.h),
/// to the space of its ICC profile, and to its primaries and transfer curve where it has others
/// than SDR (see color_map.h): luma takes each pixel, chroma the alpha-weighted mean of the pixels
/// around its sample, at the frame's chroma position. The result is within one level of exact
/// arithmetic (Note [Blending]). Interlaced frames are painted like progressive ones.
class Composite {
  public:
    /// Buffers grow as patches are painted, and are kept.
    Composite();
    ~Composite();
    Composite(Composite&&) noexcept;
    Composite& operator=(Composite&&) noexcept;
    Composite(const Composite&) = delete;
    Composite& operator=(const Composite&) = delete;

    /// `frame` must be writable (see WritableFrames) and paintable (core/pixel_format.h); throws
    /// MediaError where its format is another one. The patch may lie partly or wholly outside.
    void paint(AVFrame& frame, const Patch& patch);

  private:
    struct Scratch;  ///< row buffers, kept between calls
    std::unique_ptr<Scratch> scratch_;
};

/// Makes frames writable, with copies in reused memory (see FramePool).
class WritableFrames {
  public:
    /// Copies the pixels only when somebody else (a decoder that still refers to the picture, a
    /// second branch) holds them too; all other properties stay. Throws MediaError where the frame
    /// cannot be copied; std::bad_alloc.
    void make_writable(AVFrame& frame);

    /// Where the copies lie, for frames that are written anew.
    FramePool& pool() { return pool_; }

  private:
    FramePool pool_;
};

}  // namespace closet
