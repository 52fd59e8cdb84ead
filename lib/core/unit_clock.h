#pragma once

#include <optional>

#include "core/frame.h"

namespace closet {

/// Decides where the units of a rendering begin (Note [State of a run]): with the clip, with a
/// scene once a unit has half its length, and elsewhere once it has its length. A function of the
/// frames alone.
class UnitClock {
  public:
    /// `length_s`: of a unit; 0: the clip is one.
    explicit UnitClock(double length_s = 0) : length_s_(length_s) {}

    /// Whether a unit begins with this frame, one at which it may.
    bool begins(const Frame& frame) {
        const double least_s = frame.scene_start ? length_s_ / 2 : length_s_;
        if (began_s_ && (length_s_ <= 0 || frame.seconds() - *began_s_ < least_s)) {
            return false;
        }
        began_s_ = frame.seconds();
        return true;
    }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(began_s_);
    }

  private:
    double length_s_;
    std::optional<double> began_s_;  ///< the unit at hand, on the clip's clock
};

}  // namespace closet
