#pragma once

#include <istream>
#include <ostream>
#include <span>
#include <vector>

#include "core/frame.h"
#include "core/pose.h"
#include "warp/paint/patch.h"

namespace closet {

/// What is painted once the people of a frame are dressed: faces that are restored, say.
class AfterDressing {
  public:
    virtual ~AfterDressing() = default;

    /// Called for every frame in the order of time, for frames without people as well. `people`:
    /// those of whom something is to be seen, the farthest first. The patches, in shown pixels, are
    /// painted in their order, but not onto what dressing has painted. May throw as the stage does.
    virtual std::vector<Patch> paint(const Frame& dressed, std::span<const Pose* const> people) = 0;

    /// See Note [State of a run].
    virtual void save_state(std::ostream& /*to*/) const {}
    virtual void load_state(std::istream& /*from*/) {}
};

}  // namespace closet
