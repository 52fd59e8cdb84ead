#pragma once

#include "core/media_info.h"
#include "core/orientation.h"

namespace closet {

/// Settles how a decoded picture is to be shown, from what its own data and its container say.
/// Sets its sample aspect ratio, where what the container says wins, as in players; returns its
/// orientation: its own display matrix or EXIF tag, else its stream's.
Orientation settle_how_shown(AVFrame& image, const MediaInfo& input);

}  // namespace closet
