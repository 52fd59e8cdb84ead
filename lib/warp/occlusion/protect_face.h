#pragma once

#include "warp/occlusion/class_front.h"
#include "warp/paint/patch.h"
#include "warp/wearer.h"

namespace closet {

/// Takes the person's face and throat out of a garment's patch: multiplies its alpha down to 0
/// inside a face ellipse and a throat that tapers from the chin to the pit of the neck, with soft
/// edges. Changes nothing where the head is not known. Without `throat` the face only, and only one
/// that is well above the shoulders: a garment that is worn has a neckline or a collar of its own.
/// Where `front` is not null, what its labels tell of face and throat is taken out as well.
void protect_face(Patch& patch, const Wearer& wearer, bool throat = true,
                  const occlusion::ClassFront* front = nullptr);

}  // namespace closet
