#pragma once

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"
#include "core/picture_geometry.h"

namespace closet {

/// One plane of a picture as a matrix whose elements are whole pixels of that plane (an NV12 chroma
/// pair is one), so that moving elements moves pixels. Shares the picture's memory.
cv::Mat plane_view(const AVFrame& frame, int plane);

/// The picture as it is shown, for files that cannot say how they are to be shown. Takes formats
/// with 8 or 16 bits a sample whose chroma has the same resolution in both directions (see
/// upright_format) for a quarter turn.
AvFrame turn_upright(AvFrame source, Orientation orientation);

/// `format`, or the nearest one that `turn_upright` can turn by a quarter.
AVPixelFormat upright_format(AVPixelFormat format);

}  // namespace closet
