#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "decode/decode.h"

namespace closet {

/// The decoder as a source that counts its frames and can be told to end early.
class Clip {
  public:
    using Output = Frame;
    static constexpr std::string_view kName = Decode::kName;

    /// `go_on(frames so far)` is asked before each frame; the clip ends when it answers false.
    Clip(Decode& decode, std::function<bool(std::int64_t)> go_on)
        : decode_(decode), go_on_(std::move(go_on)) {}

    std::optional<Frame> next() {
        if (!go_on_(frames_)) {
            return std::nullopt;
        }
        auto frame = decode_.next();
        frames_ += frame ? 1 : 0;
        return frame;
    }

    std::int64_t frames() const { return frames_; }

  private:
    Decode& decode_;
    std::function<bool(std::int64_t)> go_on_;
    std::int64_t frames_ = 0;
};

}  // namespace closet
