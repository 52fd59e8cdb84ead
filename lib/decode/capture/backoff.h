#pragma once

#include <algorithm>

namespace closet {

/// Pauses between tries: each twice the one before, up to a limit.
class Backoff {
  public:
    Backoff(double first_s, double max_s) : first_s_(first_s), max_s_(max_s), pause_s_(first_s) {}

    /// The pause before the next try, in seconds.
    double next_s() {
        const double pause_s = std::min(pause_s_, max_s_);
        pause_s_ = pause_s * 2;
        return pause_s;
    }
    void reset() { pause_s_ = first_s_; }

  private:
    double first_s_, max_s_, pause_s_;
};

}  // namespace closet
