#pragma once

#include "core/pose.h"

namespace closet {

/// Note [Bare elbows]
/// Pose networks bend arms too little where the head is not in the picture, by a quarter of the
/// shoulders' width. Parsers see where bare arms are, to a few pixels: an elbow that lies far from
/// the middle of the skin around it goes there.

/// Moves elbows there, where Pose::labels show an arm's skin on both sides of it. Elbows and wrists
/// need a score of `min_score`, 0..1.
void move_to_bare_elbows(Pose& pose, float min_score);

}  // namespace closet
