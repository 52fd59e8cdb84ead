#pragma once

#include "body/arm_capsules.h"
#include "body/mask_rays.h"
#include "core/body_frame.h"
#include "core/pose.h"

namespace closet {

/// Measures both legs as Note [Body shape] says, into `shape.leg`. `body` is the frame of the same
/// pose; knees and ankles need a score of `min_score`, 0..1.
///
/// Certainty is 1 near the usual thickness, wide trousers and their folds included, and fades where
/// the edge is that of the other leg, where hands and forearms lie, for bones that point at the
/// camera and for joints that are hardly seen. Near the hip there is no inner side.
void measure_legs(const Pose& pose, const BodyFrame& body, const MaskRays& rays,
                  const ArmCapsules& arms, float min_score, BodyShape& shape);

}  // namespace closet
