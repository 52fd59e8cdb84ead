#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/av_handles.h"
#include "core/device.h"
#include "core/picture_geometry.h"

namespace closet {

/// What a frame takes of the memory that all frames on their way may take (Note [Bytes in flight]),
/// as long as this lives. Thread-safe.
class MemoryShare {
  public:
    MemoryShare() = default;
    virtual ~MemoryShare() = default;
    MemoryShare(const MemoryShare&) = delete;
    MemoryShare& operator=(const MemoryShare&) = delete;

    /// The frame takes so many bytes from now on.
    virtual void become(std::size_t bytes) = 0;

    /// More than half of the memory is taken.
    virtual bool is_scarce() const = 0;
};

/// The planes of a picture that are not in memory: see Note [Frames on a device].
struct DevicePicture {
    AvFrame surface;  ///< `data` are addresses on the device; null: there is none
    Device device;

    explicit operator bool() const { return surface != nullptr; }
};

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
    bool unit_start = false;   ///< a rendering may be taken up here, see Note [State of a run]
    AvFrame image;

    /// The pixels, where `image` has only their properties: see Note [Packed frames].
    std::vector<AvBuffer> packed{};

    /// Likewise. Writable by whoever holds the frame.
    DevicePicture on_device{};

    /// Packets of the streams that are copied (audio, subtitles, data), read from the file before
    /// this frame, in file order, in the time base of their own input stream. They ride with the
    /// frames, so that one queue orders everything and a sink that discards frames drops them too.
    std::vector<AvPacket> passthrough;

    std::shared_ptr<MemoryShare> counted{};  ///< null: not counted

    /// What the picture occupies, on a device too.
    std::size_t bytes() const;

    /// To be called where that has changed.
    void count() const {
        if (counted != nullptr) {
            counted->become(bytes());
        }
    }
    double seconds() const { return static_cast<double>(pts) * av_q2d(time_base); }
    int width() const { return image->width; }
    int height() const { return image->height; }
};

/// Whether a frame came out of a memory (Note [State of a run]), so that only its place is known.
inline bool is_placeholder(const Frame& frame) {
    return frame.image->buf[0] == nullptr && frame.image->hw_frames_ctx == nullptr &&
           frame.packed.empty() && !frame.on_device;
}

/// The same frame, its pixels shared, without the packets of other streams.
Frame share_picture(const Frame& frame);

/// How the frame's picture lies in memory and is to be shown.
inline PictureGeometry geometry_of(const Frame& frame) {
    return geometry_of(*frame.image, frame.orientation);
}

/// The clock of live runs: latency is measured on it, and it never jumps.
using LiveClock = std::chrono::steady_clock;
inline LiveClock::duration live_duration(double seconds) {
    return std::chrono::duration_cast<LiveClock::duration>(std::chrono::duration<double>(seconds));
}

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

/// Pictures without content whose memory is used again: fresh allocations cost more in page faults
/// than a copy of the pixels (102 against 43 us for 1280x720). For one stream of pictures.
class FramePool {
  public:
    /// A picture of its own, rows aligned for vector loads. Pictures outlive the pool. Throws
    /// MediaError for a size or format that libav has no memory layout for; std::bad_alloc.
    AvFrame get(AVPixelFormat format, int width, int height);

  private:
    AvBufferPool pool_;  ///< buffers of `buffer_size_`
    std::size_t buffer_size_ = 0;
};

}  // namespace closet
