#pragma once

#include "core/pose.h"
#include "warp/patch.h"

namespace closet {

/// Takes the person's face and throat out of a garment's patch: multiplies its alpha down to 0
/// inside a face ellipse and a throat that tapers from the chin to the pit of the neck, with soft
/// edges. Changes nothing where the nose, eyes and ears or the shoulders are unknown.
/// Without `throat` the face only, and only one that is well above the shoulders: a garment that is
/// worn has a neckline or a collar of its own.
void protect_face(Patch& patch, const Pose& pose, float min_score, bool throat = true);

}  // namespace closet
