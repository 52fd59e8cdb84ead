#pragma once

#include <opencv2/core/types.hpp>

#include "warp/old_clothes/strip.h"
#include "warp/patch.h"

namespace closet::old_clothes {

/// Stretches a garment over the reaches of a strip: what lies within `kBand` of them inside its
/// edge is drawn out, so that the edge itself ends up where the old clothes end. Other parts of the
/// garment that are there already stay in front.
///
/// `source` is read, `target` (frame rectangle `where`, CV_8UC4) holds the same garment in a larger
/// rectangle and is changed. Both have straight alpha.
void stretch(const Patch& source, const StripFrame& strip, const StripRange& range,
             const Reach& reach, Patch& target);

/// How far inside its edge a garment is drawn out for a reach, as a multiple of it. More would pull
/// at prints, less would show as smears.
inline constexpr double kBandOfReach = 2.0;

}  // namespace closet::old_clothes
