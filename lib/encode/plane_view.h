#pragma once

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"

namespace closet {

/// One plane of a picture as a matrix whose elements are whole pixels of that plane (an NV12 chroma
/// pair is one), so that moving elements moves pixels. Shares the picture's memory.
cv::Mat plane_view(const AVFrame& frame, int plane);

}  // namespace closet
