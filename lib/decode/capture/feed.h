#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "decode/capture/connection.h"

namespace closet {

/// What other threads may ask a running capture.
struct CaptureTally {
    std::atomic<std::int64_t> frames{0}, late{0}, damaged{0}, reconnections{0};
    std::atomic<bool> connected{true};
};

/// A picture at its place in the run.
struct FedPicture {
    CapturedPicture picture;
    LiveClock::time_point captured;
    std::int64_t pts_us = 0;   ///< since the first picture
    bool scene_start = false;  ///< the first one, and the first after a loop or a reconnection
};

/// Where the pictures of a capture come from. Opened when constructed, with one picture decoded.
class Feed {
  public:
    Feed() = default;
    virtual ~Feed() = default;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    Feed(Feed&&) = delete;
    Feed& operator=(Feed&&) = delete;

    /// See Capture::next.
    virtual std::optional<FedPicture> next(const std::stop_token& stop) = 0;
    /// After the construction: the picture that will be handed out first.
    virtual const CapturedPicture& first() const = 0;
};

}  // namespace closet
