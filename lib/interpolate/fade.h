#pragma once

#include <algorithm>

namespace closet {

/// A value that goes from one to another at an even pace.
class Fade {
  public:
    explicit Fade(double value) : from_(value), to_(value) {}

    /// From its value at `begin_s` to `target`, within `duration_s` >= 0 from then on.
    void turn(double target, double begin_s, double duration_s) {
        from_ = at(begin_s);
        to_ = target;
        begin_s_ = begin_s;
        duration_s_ = duration_s;
    }

    double target() const { return to_; }

    double at(double seconds) const {
        if (seconds >= begin_s_ + duration_s_) {
            return to_;
        }
        return seconds > begin_s_ ? from_ + (to_ - from_) * (seconds - begin_s_) / duration_s_
                                  : from_;
    }

  private:
    double from_, to_;
    double begin_s_ = 0, duration_s_ = 0;
};

}  // namespace closet
