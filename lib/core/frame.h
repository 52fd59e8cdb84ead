#pragma once

#include <cstdint>
#include <vector>

#include "core/av_handles.h"
#include "core/orientation.h"

namespace closet {

/// One decoded picture on its way through the pipeline. Move-only.
///
/// The pixels are shared by reference with the decoder and stay in the stream's own pixel format.
/// They are read-only for everybody: a stage that paints first calls the composite's
/// `make_writable`, which copies the planes only when somebody else still holds them.
struct Frame {
    std::int64_t index = 0;     ///< 0 for the first frame emitted, then without gaps
    std::int64_t pts = 0;       ///< presentation time in `time_base` units, always set
    std::int64_t duration = 0;  ///< in `time_base` units; 0 where the file does not tell
    AVRational time_base{1, 1};
    Orientation orientation;   ///< how the picture is to be shown
    bool scene_start = false;  ///< first frame, or the first one after a hard cut
    AvFrame image;

    /// Packets of the streams that are copied (audio, subtitles, data), read from the file before
    /// this frame, in file order, in the time base of their own input stream. They ride with the
    /// frames, so that one queue orders everything and a sink that discards frames drops them too.
    std::vector<AvPacket> passthrough;

    double seconds() const { return static_cast<double>(pts) * av_q2d(time_base); }
    int width() const { return image->width; }
    int height() const { return image->height; }
};

/// The same frame, its pixels shared, without the packets of other streams.
Frame share_picture(const Frame& frame);

}  // namespace closet
