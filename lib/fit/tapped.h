#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "pipeline/concepts.h"
#include "warp/warp.h"

namespace closet {

/// The stage behind WarpWithMatte that shows the mattes to a tap and drops them.
class ShowMattes {
  public:
    using Input = MattedFrame;
    using Output = Frame;
    static constexpr std::string_view kName = "show matte";

    /// The tap is the caller's.
    explicit ShowMattes(const std::function<void(const MattedFrame&)>& tap) : tap_(tap) {}

    void process(MattedFrame input, const Emit<Frame>& emit) {
        tap_(input);
        emit(std::move(input.frame));
    }
    void flush(const Emit<Frame>&) {}

  private:
    const std::function<void(const MattedFrame&)>& tap_;
};

/// `inner`, a sink of frames, behind a tap. Both are the caller's.
template <class Inner>
class TappedSink {
  public:
    using Input = Frame;
    static constexpr std::string_view kName = Inner::kName;

    TappedSink(Inner& inner, const std::function<void(const Frame&)>& tap)
        : inner_(inner), tap_(tap) {}

    void consume(Frame frame) {
        if (tap_) {
            tap_(frame);
        }
        inner_.consume(std::move(frame));
    }
    void finish() { inner_.finish(); }

  private:
    Inner& inner_;
    const std::function<void(const Frame&)>& tap_;
};

}  // namespace closet
