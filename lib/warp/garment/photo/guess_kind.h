#pragma once

#include <optional>

#include "core/garment.h"
#include "warp/garment/photo/find_upper.h"
#include "warp/garment/photo/garment_shape.h"

namespace closet {

/// What a silhouette is most likely, and what next.
struct KindGuess {
    GarmentKind kind = GarmentKind::kTop;
    GarmentKind second = GarmentKind::kTop;
    /// 0..1: the likelihood of `kind` as a share of its own and the second's; 0.5 is a coin's toss.
    float confidence = 0;
    /// 0..1: how far the silhouette is that of any kind.
    float fits = 0;
    bool open_front = false;  ///< ground shows between two fronts
};

/// Below, `second` is worth a word to the user.
inline constexpr float kSureKind = 0.75F;

/// Tells kinds apart by shape; `upper` is what the silhouette has for a torso, `bottom` the lowest
/// row of its middle, in pixels of the picture.
KindGuess guess_kind(const GarmentShape& shape, const UpperPart& upper, double bottom);

}  // namespace closet
