#pragma once

extern "C" {
#include <libavutil/pixfmt.h>
}

namespace closet {

/// True for the pixel formats that `warp` paints in directly: yuv(j)420p/422p/444p, the same in
/// 10 bit, nv12, p010, rgb24, bgr24, rgba, bgra, gbrp and gray8. Frames leave `decode` in one of
/// these.
bool is_paintable(AVPixelFormat format);

/// `format` itself when it is paintable; otherwise the paintable format that loses least.
AVPixelFormat paintable_format(AVPixelFormat format);

}  // namespace closet
