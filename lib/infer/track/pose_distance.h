#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "core/pose.h"

namespace closet {

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

}  // namespace closet
