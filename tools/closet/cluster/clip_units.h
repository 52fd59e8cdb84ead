#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "closet/cluster/plan_file.h"

namespace closet {

/// What is done of one clip of a plan, as its folder of units tells now (Note [Journal of units]).
/// Others may work on the clip meanwhile: what is done stays done until the clip is joined.
class ClipUnits {
  public:
    /// Throws MediaError where the folder is damaged.
    explicit ClipUnits(const PlanClip& clip);

    /// The output is there, and no work of it is left.
    bool is_joined() const { return is_joined_; }
    /// All poses are found.
    bool is_posed() const { return is_posed_; }
    /// The units that begin in window `i`; nothing where poses that tell are not found yet.
    std::optional<std::vector<std::size_t>> units_of(std::size_t i) const;
    bool is_rendered(std::size_t unit) const;
    /// Whether that work has nothing left to do.
    bool is_done(std::size_t work) const;
    /// Numbers of works that have. Empty: the clip can be joined, or is.
    std::vector<std::size_t> missing() const;

  private:
    const PlanClip& clip_;  ///< the caller's
    bool is_joined_;
    bool is_posed_ = false;
    std::vector<double> begins_s_;  ///< of units, seconds after the first frame
};

}  // namespace closet
