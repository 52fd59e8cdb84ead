#pragma once

#include <optional>
#include <vector>

#include "core/pose.h"

namespace closet {

/// Keeps a person's left and right from changing places over time.
///
/// BlazePose exchanges the sides of people whose front and back look alike to it: on a third of the
/// frames of one clip with a masked face, although the man never turned. All points change places
/// together then, so the decision is one bit a pose: the sides stay as they are unless the
/// exchanged pose is clearly nearer to the one before. Where both are about as near (a profile
/// view, a real turn) the network's own answer stands. A pose that jumps (collapsed limbs) is no
/// measure for the next one. A track that began on the wrong side is put
/// right once, when the network has clearly said so on many more poses than not.
class SideContinuity {
  public:
    explicit SideContinuity(Skeleton skeleton) : skeleton_(skeleton) {}

    /// Exchanges the sides of `keypoints` where that continues the last ones better. True when it
    /// did. Times in seconds, growing.
    bool align(std::vector<Keypoint>& keypoints, double time_s);

    /// Forgets the person: the next pose is taken as it is.
    void reset();

  private:
    Skeleton skeleton_;
    std::optional<std::vector<Keypoint>> last_;  ///< the last pose that did not jump
    double last_s_ = 0;
    double agreement_ = 0;  ///< sum of the network's agreement with the sides of the track
};

}  // namespace closet
