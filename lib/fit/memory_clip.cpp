#include "fit/memory_clip.h"

#include <new>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace closet {
namespace {

constexpr double kMegabyte = 1e6;

/// Bytes of pixels and packets that a frame keeps alive.
std::int64_t bytes_of(const Frame& frame) {
    std::size_t bytes = frame.bytes();
    for (const AvPacket& packet : frame.passthrough) {
        bytes += packet->buf != nullptr ? packet->buf->size : 0;
    }
    return static_cast<std::int64_t>(bytes);
}

AvPacket reference(const AVPacket& source) {
    AvPacket packet(av_packet_clone(&source));
    if (!packet) {
        throw std::bad_alloc();
    }
    return packet;
}

}  // namespace

MemoryClip::MemoryClip(const std::string& path, const MemoryClipOptions& options) : path_(path) {
    Decode decode(path, options.decode);
    info_ = decode.info();
    while (!options.max_frames || std::ssize(frames_) < *options.max_frames) {
        auto frame = decode.next();
        if (!frame) {
            break;
        }
        bytes_ += bytes_of(*frame);
        if (bytes_ > options.max_bytes) {
            throw MediaError(fmt::format(
                "{}: holding its frames in memory takes more than {:.0f} MB from frame {} on; "
                "shorten the clip with {} and {} or {}, or decode it in every pass with {} decode",
                path, static_cast<double>(options.max_bytes) / kMegabyte, frame->index,
                flags::kStart, flags::kEnd, flags::kMaxFrames, flags::kInclude));
        }
        frames_.push_back(std::move(*frame));
    }
}

Frame MemoryClip::frame(std::size_t index) const {
    const Frame& held = frames_.at(index);
    Frame frame = share_picture(held);
    for (const AvPacket& packet : held.passthrough) {
        frame.passthrough.push_back(reference(*packet));
    }
    return frame;
}

std::optional<Frame> MemorySource::next() {
    if (next_ == clip_.frames().size()) {
        return std::nullopt;
    }
    return clip_.frame(next_++);
}

}  // namespace closet
