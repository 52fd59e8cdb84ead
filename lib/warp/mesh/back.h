#pragma once

#include "core/garment.h"

namespace closet::mesh {

/// Note [Backs]
/// A product photo shows the front only. Its back is guessed: the opening of the neck is closed up
/// to a line between both sides of the neck, and what differs from the cloth of its own row (print,
/// buttons, the edge of the neckline) is painted over with that cloth; folds stay. Where much
/// differs near the sides as well, it is a pattern, which runs around the body, and stays.
/// Thin stripes and prints from side to side are mistaken for each other. Nothing is mirrored: one
/// side's sleeve stays on its side of the picture, as the rest of this warp has it.
///
/// The garment's back as seen from behind, with the anchors and size of the front. A garment of
/// which nothing is visible, or without neck and armpit anchors to go by, is returned as it is.
Garment back_of(const Garment& front);

}  // namespace closet::mesh
