#pragma once

#include <chrono>

#include "encode/display/window.h"

namespace closet {

/// The action of a key as cv::waitKeyEx tells it; kNone for every other one. Caps Lock and Num Lock
/// make no difference.
WindowAction action_of_key(int code);

/// Tells held keys from keys that are pressed again: a keyboard repeats a held key every 20 to 50
/// ms, fingers do not reach 10 presses a second.
class KeyRepeat {
  public:
    using Clock = std::chrono::steady_clock;
    /// True where `action` came again so soon after itself that its key must be held.
    bool is_held(WindowAction action, Clock::time_point now);

  private:
    WindowAction last_ = WindowAction::kNone;
    Clock::time_point when_;
};

}  // namespace closet
