#pragma once

extern "C" {
#include <libavutil/pixfmt.h>
}

namespace closet {

/// True for the pixel formats that `warp` paints in directly, and that everybody reads: whole
/// samples in memory, little-endian, of 8 to 16 bits. YUV in 4:2:0, 4:2:2 and 4:4:4 with and
/// without alpha, nv12, p010, p016, gray and gray with alpha, RGB packed in 24, 32 (with alpha), 48
/// and 64 bits, and planar RGB with and without alpha. Frames leave `decode` in one of these.
bool is_paintable(AVPixelFormat format);

/// `format` itself when it is paintable; otherwise the paintable format that loses least, in this
/// order: depth, alpha, color and the kind of it (RGB, YUV), chroma resolution.
AVPixelFormat paintable_format(AVPixelFormat format);

/// The one of `candidates` (ended by AV_PIX_FMT_NONE) that loses least of `format`, in that order,
/// and takes least memory; AV_PIX_FMT_NONE where swscale can write none of them.
AVPixelFormat nearest_format(const AVPixelFormat* candidates, AVPixelFormat format);

}  // namespace closet
