#pragma once

#include <array>

#include "core/pose.h"

namespace closet {

/// How far, 0..1, pose and parser agree where each arm is, indexed by Side: the share of an arm's
/// inside that Pose::labels call an arm (sleeves are often called torso, so half of it is enough),
/// and the share of its bare skin around that lies in it. 0 for an arm whose elbow has a score
/// below `min_score`, 0..1; -1 where no parser tells arms, or a shoulder is not seen.
std::array<float, 2> arm_agreement(const Pose& pose, float min_score);

}  // namespace closet
