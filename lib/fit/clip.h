#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "fit/frame_source.h"

namespace closet {

/// A run's first stage: hands out a source's frames, counts them, and can be told to end early.
class Clip {
  public:
    using Output = Frame;
    static constexpr std::string_view kName = Decode::kName;

    /// `go_on(frames so far)` is asked before each frame; the clip ends when it answers false.
    /// `tap` sees every frame, where it is not empty. It and the source are the caller's.
    Clip(FrameSource& source, std::function<bool(std::int64_t)> go_on,
         const std::function<void(const Frame&)>& tap)
        : source_(source), go_on_(std::move(go_on)), tap_(tap) {}

    std::optional<Frame> next() {
        if (!go_on_(frames_)) {
            return std::nullopt;
        }
        auto frame = source_.next();
        frames_ += frame ? 1 : 0;
        if (frame && tap_) {
            tap_(*frame);
        }
        return frame;
    }

    std::int64_t frames() const { return frames_; }

  private:
    FrameSource& source_;
    std::function<bool(std::int64_t)> go_on_;
    const std::function<void(const Frame&)>& tap_;
    std::int64_t frames_ = 0;
};

}  // namespace closet
