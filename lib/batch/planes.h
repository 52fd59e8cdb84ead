#pragma once

#include <opencv2/core/mat.hpp>

#include "core/av_handles.h"

namespace closet {

/// The pixels of plane `plane` of a paintable picture, not copied: CV_8U or CV_16U with as many
/// channels as are interleaved there. The picture must outlive it.
cv::Mat plane_of(const AVFrame& image, int plane);

/// `plane` at `size`, edges in place, each pixel the mean of what it covers. Not copied where the
/// size is the same already.
cv::Mat shrink(const cv::Mat& plane, cv::Size size);

/// A YUV or grey picture of any paintable format at `size`, as 8-bit planar Y, U and V with chroma
/// at half of `size`, rounded up. Planes may share the picture's memory.
struct SmallYuv {
    cv::Mat y, u, v;
};
SmallYuv shrink_yuv(const AVFrame& image, cv::Size size);

/// An RGB picture of any paintable format at `size`, as packed R G B.
cv::Mat shrink_rgb(const AVFrame& image, cv::Size size);

}  // namespace closet
