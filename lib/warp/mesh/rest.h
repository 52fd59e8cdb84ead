#pragma once

#include <array>
#include <cmath>

#include "core/pose.h"
#include "warp/by_person.h"

namespace closet::mesh {

/// Note [Rest on shoulders]
/// A garment is shifted down the spine and lifted at its shoulders to rest on the silhouette. How
/// far is much the same from frame to frame, but what is seen of it trembles: shoulders pass behind
/// hair, and in profile there is hardly any shoulder to be seen. So it is followed slowly.
struct Rest {
    double shift = 0;              ///< down the spine, shoulder widths
    std::array<double, 4> lift{};  ///< of the lift points up the spine, shoulder widths

    template <class Archive>
    void serialize(Archive& archive) {
        archive(shift, lift);
    }
};

/// What a person's rest was until the frame before, and how far a frame counts.
class FollowedRest {
  public:
    /// Nothing is known: frames count in full.
    FollowedRest() = default;
    /// `rest` must outlive it. `share`: of what a frame says, 0..1.
    FollowedRest(Rest& rest, double share) : rest_(&rest), share_(share) {}

    double shift(double seen) { return rest_ != nullptr ? follow(rest_->shift, seen) : seen; }
    double lift(std::size_t point, double seen) {
        return rest_ != nullptr ? follow(rest_->lift[point], seen) : seen;
    }

  private:
    double follow(double& known, double seen) const { return known += share_ * (seen - known); }

    Rest* rest_ = nullptr;  ///< not owned
    double share_ = 1;
};

/// Follows people's rests over time.
class RestFollower {
  public:
    static constexpr double kFollowS = 0.5;  ///< time constant

    /// See ByPerson.
    void begin_frame(double seconds, bool scene_start) {
        people_.begin_frame(seconds, scene_start);
    }

    /// Valid until the next call. Asked again for a person in the same frame, it tells the same.
    FollowedRest of(const Pose& pose) {
        auto [rest, is_new, passed_s] = people_.of(pose);
        return {rest, is_new ? 1 : 1 - std::exp(-passed_s / kFollowS)};
    }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(people_);
    }

  private:
    ByPerson<Rest> people_;
};

}  // namespace closet::mesh
