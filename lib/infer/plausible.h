#pragma once

#include "core/pose.h"
#include "infer/pose_model.h"

namespace closet {

/// False for sightings that no body can give: numbers that are not finite, or a trunk that has
/// collapsed to a point although the network claims a person (it does, on half-hidden ones and on
/// the first frames of a clip).
bool is_plausible(const Sighting& sighting, Skeleton skeleton);

}  // namespace closet
