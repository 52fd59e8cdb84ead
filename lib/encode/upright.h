#pragma once

#include "core/av_handles.h"
#include "core/orientation.h"

namespace closet {

/// The picture as it is shown, for files that cannot say how they are to be shown. Takes formats
/// with 8 or 16 bits a sample whose chroma has the same resolution in both directions (see
/// upright_format) for a quarter turn.
AvFrame turn_upright(AvFrame source, Orientation orientation);

/// `format`, or the nearest one that `turn_upright` can turn by a quarter.
AVPixelFormat upright_format(AVPixelFormat format);

}  // namespace closet
