#pragma once

#include <optional>
#include <vector>

#include "core/pose.h"

namespace closet {

/// Keeps a person's left and right from changing places over time.
///
/// BlazePose exchanges the sides of people whose front and back look alike to it: on a third of the
/// frames of one clip, although the man never turned. All points change places together then, so
/// the decision is one bit a pose: the sides stay as they are unless the exchanged pose is clearly
/// nearer to the one before. Where both are about as near (a profile view, a real turn) the
/// network's own answer stands.
class SideContinuity {
  public:
    explicit SideContinuity(Skeleton skeleton) : skeleton_(skeleton) {}

    /// Exchanges the sides of `keypoints` where that continues the last ones better. True when it
    /// did.
    bool align(std::vector<Keypoint>& keypoints);

    /// Forgets the person: the next pose is taken as it is.
    void reset() { last_.reset(); }

  private:
    Skeleton skeleton_;
    std::optional<std::vector<Keypoint>> last_;
};

/// Exchanges each left keypoint with its right one.
void exchange_sides(std::vector<Keypoint>& keypoints, Skeleton skeleton);

}  // namespace closet
