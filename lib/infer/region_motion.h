#pragma once

#include <deque>

#include "infer/region.h"

namespace closet {

/// Where a person's region has been lately, and where it is going.
class RegionMotion {
  public:
    /// Times must grow from call to call; a time that does not starts anew.
    void add(double time_s, const Region& region);
    void reset() { samples_.clear(); }
    bool known() const { return !samples_.empty(); }

    /// The last region, moved on at its recent speed. Needs `known()`.
    Region predict(double time_s) const;

  private:
    struct Sample {
        double time_s;
        Region region;
    };
    std::deque<Sample> samples_;
};

}  // namespace closet
