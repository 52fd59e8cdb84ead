#include "batch/batch.h"

#include <utility>

#include <fmt/format.h>

namespace closet {
namespace {

/// Bytes of pixels that a frame keeps alive.
std::size_t pixel_bytes(const AVFrame& image) {
    std::size_t bytes = 0;
    for (const AVBufferRef* buffer : image.buf) {
        bytes += buffer != nullptr ? buffer->size : 0;
    }
    return bytes;
}

}  // namespace

std::vector<Option> options_of(BatchOptions& o) {
    const char* group = "Pose";
    return {
        {.names = flags::kBatch,
         .group = group,
         .help = "key frames in one inference call",
         .value = &o.size,
         .range = {1, 256}},
        {.names = flags::kInterval,
         .group = group,
         .help = "seconds between key frames; 0: every frame",
         .value = &o.interval_s,
         .range = kFromZero},
        {.names = "--every",
         .group = group,
         .help = fmt::format("frames between key frames; overrides {}", flags::kInterval),
         .value = &o.every,
         .range = kAboveZero},
        scale_option(o.scale),
    };
}

Batch::Batch(const BatchOptions& options)
    : size_((check_ranges_of(options), static_cast<std::size_t>(options.size))),
      clock_(options.interval_s, options.every),
      views_(options.scale) {}

void Batch::process(Frame frame, const Emit<FrameBatch>& emit) {
    frame.scene_start = cuts_.is_cut(*frame.image) || frame.scene_start;
    if (frame.scene_start && !pending_.frames.empty() && !ends_with_key()) {
        make_last_key();
        if (pending_.keys.size() >= size_) {
            send(emit);
        }
    }
    const bool key = clock_.is_key(frame, frame.scene_start);
    if (pending_.frames.empty()) {
        filling_.begin();
    }
    pending_bytes_ += pixel_bytes(*frame.image);
    pending_.frames.push_back(std::move(frame));
    const bool full = pending_.frames.size() >= kMaxFrames || pending_bytes_ >= kMaxBytes;
    if (key || full) {
        make_last_key();
    }
    if (full || pending_.keys.size() >= size_) {
        send(emit);
    }
}

void Batch::flush(const Emit<FrameBatch>& emit) {
    if (pending_.frames.empty()) {
        return;
    }
    if (!ends_with_key()) {
        make_last_key();
    }
    send(emit);
}

bool Batch::ends_with_key() const {
    return !pending_.keys.empty() && pending_.keys.back().frame + 1 == pending_.frames.size();
}

void Batch::make_last_key() {
    const PartTimer timer(Part::kDownscale);
    pending_.keys.push_back({pending_.frames.size() - 1, views_.make(pending_.frames.back())});
}

void Batch::send(const Emit<FrameBatch>& emit) {
    pending_bytes_ = 0;
    filling_.end();
    emit(std::exchange(pending_, {}));
}

}  // namespace closet
