#pragma once

#include <cstdint>
#include <string_view>

#include "core/frame.h"

namespace closet {

/// The sink of `--encoder none`: counts frames and drops them.
class Discard {
  public:
    using Input = Frame;
    static constexpr std::string_view kName = "discard";

    void consume(const Frame&) { ++frames_; }
    void finish() {}
    std::int64_t frames() const { return frames_; }

  private:
    std::int64_t frames_ = 0;
};

}  // namespace closet
