#pragma once

#include "core/pose.h"
#include "infer/pose_model.h"

namespace closet {

/// False for sightings that no body can give although the network claims a person: numbers that are
/// not finite, a trunk that has collapsed to a point (on half-hidden people and on the first frames
/// of a clip), or a face that lies in the trunk, between shoulders and hips (on people whose face
/// is hidden or whom the picture cuts off). Judged along the body, so that people may lie, bend
/// over and stand on their hands.
bool is_plausible(const Sighting& sighting, Skeleton skeleton);

}  // namespace closet
