#pragma once

#include <array>

#include "warp/old_clothes/strip.h"
#include "warp/paint/patch.h"

namespace closet::old_clothes {

/// Whether there is anything to stretch for.
bool is_reaching(const Profile& profile);

/// Stretch a garment over the reaches of an edge: a band inside the edge, `kBandOfReach` times the
/// reach wide, is drawn out, so that the edge itself ends up where the old clothes end. Other parts
/// of the garment that are there already stay in front.
///
/// `source` is read; `target` holds the same garment in the same or a larger rectangle, in pixels
/// of its own, and is changed. Both have straight alpha.
void stretch_end(const Patch& source, const StripFrame& strip, const StripRange& range,
                 const Profile& end, Patch& target);

/// The same for both sides: towards negative and positive u.
void stretch_sides(const Patch& source, const StripFrame& strip, const StripRange& range,
                   const std::array<Profile, 2>& sides, Patch& target);

/// More would pull at prints, less would show as smears.
inline constexpr double kBandOfReach = 2.0;

}  // namespace closet::old_clothes
