#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "core/pose.h"

namespace closet::bench {

/// The length by which errors of a pose are divided: the trunk's, but never less than a fifth of
/// the box's longer side (somebody bent towards the camera), and never less than a pixel.
double body_scale(const Pose& pose);

/// Which pose of `tested` is whose in `reference`: pairs of indices, nearest first, each pose at
/// most once. A pair whose shoulders and hips are on average more than one body scale apart is no
/// pair. Numbers of people are not looked at: two runs number them differently.
std::vector<std::pair<std::size_t, std::size_t>> match_people(std::span<const Pose> reference,
                                                              std::span<const Pose> tested);

}  // namespace closet::bench
