#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/pose.h"

namespace closet {

/// Indices of the left and the right keypoint of each pair that a skeleton has.
std::span<const std::pair<std::size_t, std::size_t>> side_pairs(Skeleton skeleton);

/// Exchanges each left keypoint with its right one.
void exchange_sides(std::vector<Keypoint>& keypoints, Skeleton skeleton);

/// Mean distance between the same joints of two poses: shoulders, elbows, wrists, hips, knees and
/// ankles, in trunk lengths of `a`. Infinite where `a` has no trunk.
double pose_distance(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b,
                     Skeleton skeleton);

/// The same, with the sides of `b` exchanged where that is nearer: how differently two poses lie in
/// the picture, whatever their sides are called.
double unsided_distance(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b,
                        Skeleton skeleton);

/// True when the joints have moved on by more than the network's noise and a fast dancer's speed
/// allow in `elapsed_s` seconds: then one of the two poses is not to be trusted.
bool is_jump(const std::vector<Keypoint>& before, const std::vector<Keypoint>& now,
             double elapsed_s, Skeleton skeleton);

/// How clearly two poses call the same sides left and right, in trunk lengths of `a`: positive when
/// they do, negative when one has them exchanged, near 0 in profile and for collapsed poses.
double side_agreement(const std::vector<Keypoint>& a, const std::vector<Keypoint>& b,
                      Skeleton skeleton);

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
