#pragma once

#include "core/av_handles.h"

namespace closet {

/// The picture turned clockwise by 0, 90, 180 or 270 degrees, for files that cannot say how they
/// are to be turned. Takes formats with 8 or 16 bits a sample whose chroma has the same resolution
/// in both directions (see upright_format) for a quarter turn.
AvFrame turn_upright(AvFrame source, int degrees_clockwise);

/// `format`, or the nearest one that `turn_upright` can turn by a quarter.
AVPixelFormat upright_format(AVPixelFormat format);

}  // namespace closet
